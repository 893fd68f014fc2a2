-- Grain: one statement of the explanation that has a figure of the same meaning in a form.
-- Where the meaning allows several figures, the first that is printed counts.
with meanings as (select * from {{ ref('int_claim_meaning') }} where form <> 'procurement'),

cells as (select * from {{ ref('int_rule_cell') }}),

lines as (select * from {{ ref('int_rule_line') }}),

forms as (select * from {{ ref('stg_ledger__form') }}),

empty_forms as (
    select document_id, form from forms where state = 'declared_empty'
    except
    select document_id, form from cells
),

columns_of_forms as (
    select distinct document_id, form, measure from cells
),

found as (
    select
        meanings.*,
        cells.amount_cny,
        cells.precision_cny as cell_precision_cny,
        coalesce(cells.is_garbled, false) as is_garbled,
        coalesce(cells.amount_source = 'derived', false) as is_derived,
        lines.row_key is not null
            or columns_of_forms.measure is not null and regexp_full_match(meanings.row_key, '(.*/)?[0-9]+')
            as row_is_owed,
        -- The columns of a final account's forms are fixed: one of them is there though no row fills it.
        columns_of_forms.measure is not null
            or (
                meanings.document_kind = 'final_account'
                and not regexp_matches(meanings.measure, '^(initial_budget_|adjusted_budget_)')
                and not ends_with(meanings.form, '_performance')
            ) as column_is_there,
        empty_forms.form is not null as form_is_empty
    from meanings
    left join cells
        on meanings.document_id = cells.document_id
        and meanings.form = cells.form
        and meanings.row_key = cells.row_key
        and meanings.measure = cells.measure
    left join lines
        on meanings.document_id = lines.document_id
        and meanings.form = lines.form
        and meanings.row_key = lines.row_key
    left join columns_of_forms
        on meanings.document_id = columns_of_forms.document_id
        and meanings.form = columns_of_forms.form
        and meanings.measure = columns_of_forms.measure
    left join empty_forms
        on meanings.document_id = empty_forms.document_id and meanings.form = empty_forms.form
),

chosen as (
    select *
    from found
    qualify row_number() over (
        partition by document_id, section_key, snippet_offset, subject, metric, value_printed, unit
        order by amount_cny is null, not (row_is_owed and column_is_there), meaning_no, claim_id
    ) = 1
),

judged as (
    select
        *,
        0.5 * (precision_cny + coalesce(cell_precision_cny, 0)) as tolerance,
        case
            when amount_cny is null and not (form_is_empty or (row_is_owed and column_is_there)) then null
            when amount_cny is null and value_cny = 0 then 'pass'
            when amount_cny is null then 'missing'
            when value_cny = amount_cny then 'pass'
            when abs(value_cny - amount_cny) <= 0.5 * (precision_cny + cell_precision_cny) then 'rounding'
            else 'fail'
        end as status,
        -- 万元 and 元 are easily confused: the unit in which the figures would agree.
        case
            when unit = '元'
                and abs(10000 * value_cny - amount_cny) <= 0.5 * (10000 * precision_cny + cell_precision_cny) then '万元'
            when unit = '万元'
                and abs(value_cny - 10000 * amount_cny) <= 0.5 * (precision_cny + 10000 * cell_precision_cny) then '元'
        end as agreeing_unit
    from chosen
),

-- The n-th statement of the same thing in a section: stable while the words before it change.
numbered as (
    select
        *,
        row_number() over (
            partition by document_id, section_key, subject, metric, form, row_key, measure
            order by snippet_offset, value_printed, unit
        ) as occurrence
    from judged
    where status is not null
)

select
    claim_id,
    document_id,
    rule_id,
    concat_ws('|', section_key, subject, metric, form, row_key, measure, occurrence) as instance_key,
    section_key,
    subject,
    metric,
    value_printed,
    unit,
    form,
    row_key,
    measure,
    value_cny as left_value,
    amount_cny as right_value,
    cast(value_cny - amount_cny as decimal(20, 2)) as difference,
    cast(tolerance as decimal(20, 3)) as tolerance,
    cast(1 + case when amount_cny is null then 0 else 1 end as integer) as n_terms,
    status,
    is_derived as is_consequence,
    is_garbled or is_derived as is_extraction,
    case when status = 'fail' then agreeing_unit end as unit_meant,
    snippet_offset,
    page
from numbered
