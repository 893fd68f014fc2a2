-- Grain: one statement of the explanation about the document's own year, as an operand: its value with
-- half a unit of its last place, in yuan where it is money, and the figure of a form it was compared
-- with. `thing` names what is spoken of within its section, whatever the metric. A sentence that drops
-- the zeros of a figure says no less than the form that prints them, and a bare 0 says there is nothing.
with claims as (select * from {{ ref('int_claim') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

checks as (select * from {{ ref('int_claim_check') }}),

own_year as (
    select
        claims.*,
        documents.document_kind,
        {{ normalise_name('claims.subject') }} as subject_key,
        regexp_replace({{ normalise_name('claims.project_name') }}, '(项目)+$', '') as project_key
    from claims
    inner join documents on claims.document_id = documents.document_id
    where claims.year = documents.fiscal_year
),

final as (
    select
        own_year.claim_id,
        own_year.document_id,
        own_year.document_kind,
        own_year.section_key,
        own_year.subject,
        own_year.subject_key,
        own_year.function_code,
        own_year.project_key,
        concat_ws(
            '|',
            own_year.section_key,
            coalesce(own_year.function_code, regexp_replace(own_year.subject_key, '(项目)+$', '')),
            own_year.project_key
        ) as thing,
        case
            when own_year.project_name = '部门整体支出' then 'department'
            when own_year.project_name is not null then 'project'
            when length(own_year.function_code) = 3 then 'class'
            when length(own_year.function_code) = 5 then 'group'
            when length(own_year.function_code) = 7 then 'item'
            else ''
        end as claim_level,
        own_year.metric,
        own_year.base,
        own_year.value_printed,
        own_year.unit,
        cast(own_year.value as decimal(14, 6)) as value,
        cast(0.5 * own_year.precision as decimal(14, 7)) as half,
        own_year.value_cny,
        cast(
            case
                when own_year.value = 0 then 0
                when own_year.value_cny = checks.right_value
                    then least(0.5 * own_year.precision_cny, checks.tolerance - 0.5 * own_year.precision_cny)
                else 0.5 * own_year.precision_cny
            end as decimal(20, 3)
        ) as half_cny,
        checks.form,
        checks.row_key,
        checks.measure,
        checks.right_value as form_cny,
        cast(checks.tolerance - 0.5 * own_year.precision_cny as decimal(20, 3)) as form_half_cny,
        coalesce(checks.status = 'fail', false) as is_contradicted,
        checks.unit_meant is not null as has_wrong_unit,
        own_year.snippet_offset,
        coalesce(own_year.value_offset, own_year.snippet_offset) as value_offset,
        own_year.page
    from own_year
    left join checks on own_year.claim_id = checks.claim_id
    where abs(own_year.value) < 10000000
)

select * from final
