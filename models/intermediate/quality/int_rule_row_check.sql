-- Grain: one thing a coverage, name or garble rule noticed (status fail or missing), and one row per
-- document and form where it looked and found nothing (status pass, n_terms tells how many it saw).
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

coverage as (select * from {{ ref('fct_coverage') }}),

terms as (select * from {{ ref('int_rule_term') }} where relation = 'printed'),

cells as (select * from {{ ref('int_rule_cell') }}),

form_lines as (select * from {{ ref('int_form_line') }}),

further_codes as (select * from {{ ref('int_further_code') }}),

form_cells as (select * from {{ ref('int_form_cell') }}),

leftovers as (select * from {{ ref('int_leftover') }}),

forms_present as (
    select
        coverage.document_id,
        'R-coverage-01' as rule_id,
        coverage.form,
        cast(null as varchar) as row_key,
        cast(null as varchar) as measure,
        coverage.form as instance_key,
        case
            when coverage.status = 'missing' then 'missing'
            when coverage.status = 'present' and coverage.is_standard and coverage.cell_count = 0 then 'fail'
            else 'pass'
        end as status,
        -- A form named in the paper's own list and not read was there to be read.
        coverage.is_announced as is_extraction,
        1 as n_terms,
        coverage.title_printed as left_text,
        cast(null as varchar) as right_text,
        coverage.page
    from coverage
    inner join documents on coverage.document_id = documents.document_id
    where coverage.is_standard or coverage.is_announced
),

forms_with_amounts as (
    select document_id, form, min(page) as page
    from cells
    where amount_cny is not null
    group by document_id, form
),

-- Patterns meet each distinct key once, whatever the number of documents.
keys_of_forms as (
    select distinct form, row_key from cells
),

keys_of_totals as materialized (
    select terms.rule_id, terms.term_no, terms.form, keys_of_forms.row_key
    from terms
    inner join keys_of_forms
        on terms.form = keys_of_forms.form and regexp_matches(keys_of_forms.row_key, terms.key_pattern)
),

totals_printed as (
    select
        forms_with_amounts.document_id,
        terms.rule_id,
        terms.form,
        case when terms.is_literal_row then terms.row_term end as row_key,
        cast(null as varchar) as measure,
        terms.form || '|' || terms.row_term as instance_key,
        case when count(cells.amount_cny) > 0 then 'pass' else 'missing' end as status,
        false as is_extraction,
        cast(count(cells.amount_cny) as integer) as n_terms,
        cast(null as varchar) as left_text,
        cast(null as varchar) as right_text,
        min(forms_with_amounts.page) as page
    from forms_with_amounts
    inner join terms on forms_with_amounts.form = terms.form
    left join keys_of_totals on terms.rule_id = keys_of_totals.rule_id and terms.term_no = keys_of_totals.term_no
    left join cells
        on forms_with_amounts.document_id = cells.document_id
        and keys_of_totals.form = cells.form
        and keys_of_totals.row_key = cells.row_key
        and (terms.measure_term = '@measure' or terms.measure_term = cells.measure_base)
    group by
        forms_with_amounts.document_id, terms.rule_id, terms.form, terms.row_term, terms.is_literal_row
),

-- A name that is right elsewhere in the same paper was garbled here, not misprinted.
names_seen as (
    select document_id, code, bool_or(name_matches) as is_right_somewhere
    from form_lines
    where code is not null
    group by document_id, code
),

names as (
    select
        form_lines.document_id,
        'R-code-01' as rule_id,
        form_lines.form,
        form_lines.row_key,
        cast(null as varchar) as measure,
        form_lines.form || '|' || form_lines.row_key as instance_key,
        case when form_lines.name_matches then 'pass' else 'fail' end as status,
        names_seen.is_right_somewhere as is_extraction,
        1 as n_terms,
        form_lines.row_name as left_text,
        form_lines.reference_name as right_text,
        form_lines.page
    from form_lines
    inner join names_seen
        on form_lines.document_id = names_seen.document_id and form_lines.code = names_seen.code
    where form_lines.name_matches is not null
        and form_lines.row_name is not null
        and form_lines.reference_name is not null
),

-- A code of good form that the reference does not know is kept as met.
codes as (
    select
        document_id,
        'R-code-02' as rule_id,
        form,
        row_key,
        cast(null as varchar) as measure,
        form || '|' || row_key as instance_key,
        case when reference_name is null then 'fail' else 'pass' end as status,
        false as is_extraction,
        1 as n_terms,
        row_name as left_text,
        code as right_text,
        page
    from form_lines
    where code is not null
    union all
    select
        document_id,
        'R-code-02' as rule_id,
        form,
        row_key,
        cast(null as varchar) as measure,
        concat_ws('|', form, row_key, code) as instance_key,
        case when is_in_reference then 'pass' else 'fail' end as status,
        false as is_extraction,
        1 as n_terms,
        cast(null as varchar) as left_text,
        code as right_text,
        page
    from further_codes
),

repairs as (
    select
        document_id,
        'R-garbled-01' as rule_id,
        form,
        row_key,
        measure,
        concat_ws('|', form, row_key, measure) as instance_key,
        case when amount_source = 'repaired' then 'fail' else 'pass' end as status,
        amount_source = 'repaired' as is_extraction,
        1 as n_terms,
        amount_cny as left_value,
        amount_printed as left_text,
        repair_note as right_text,
        page
    from form_cells
    where amount_source <> 'derived'
),

completions as (
    select
        document_id,
        'R-garbled-02' as rule_id,
        form,
        cast(null as varchar) as row_key,
        cast(null as varchar) as measure,
        form as instance_key,
        case when count(*) filter (where resolution in ('completed', 'spread')) > 0 then 'fail' else 'pass' end
            as status,
        true as is_extraction,
        case
            when count(*) filter (where resolution in ('completed', 'spread')) > 0
                then cast(count(*) filter (where resolution in ('completed', 'spread')) as integer)
            else cast(count(*) as integer)
        end as n_terms,
        array_to_string(
            list(code || ' ' || coalesce(row_name, '') order by table_no, row_no, block_no)
                filter (where resolution in ('completed', 'spread'))[1:3],
            '、'
        ) as left_text,
        cast(null as varchar) as right_text,
        min(page) as page
    from form_lines
    where code is not null
    group by document_id, form
),

rows_with_amounts as (
    select distinct document_id, form, row_key from form_cells
),

unresolved as (
    select
        form_lines.document_id,
        'R-garbled-03' as rule_id,
        form_lines.form,
        form_lines.row_key,
        cast(null as varchar) as measure,
        form_lines.form || '|' || form_lines.row_key as instance_key,
        case when form_lines.resolution = 'unresolved' then 'fail' else 'pass' end as status,
        true as is_extraction,
        1 as n_terms,
        form_lines.row_name as left_text,
        form_lines.code_printed as right_text,
        form_lines.page
    from form_lines
    inner join rows_with_amounts
        on form_lines.document_id = rows_with_amounts.document_id
        and form_lines.form = rows_with_amounts.form
        and form_lines.row_key = rows_with_amounts.row_key
    -- A line of a summary may stand under its printed name; a row of a coded form has to mean a code.
    where form_lines.resolution is not null and form_lines.side is null
),

-- The other figure is listed among the leftovers, at the address of the cell it disputes.
disputes as (
    select
        document_id,
        form,
        table_no,
        row_no,
        column_no,
        count(text) as other_figures,
        string_agg(text, '、' order by text) as right_text
    from leftovers
    where reason = '{{ var("readings_disagree") }}'
    group by document_id, form, table_no, row_no, column_no
),

readings as (
    select
        form_cells.document_id,
        'R-garbled-04' as rule_id,
        form_cells.form,
        form_cells.row_key,
        form_cells.measure,
        concat_ws('|', form_cells.form, form_cells.row_key, form_cells.measure) as instance_key,
        case when disputes.other_figures > 0 then 'fail' else 'pass' end as status,
        true as is_extraction,
        1 as n_terms,
        form_cells.amount_cny as left_value,
        form_cells.amount_printed as left_text,
        disputes.right_text,
        form_cells.page
    from form_cells
    left join disputes
        on form_cells.document_id = disputes.document_id
        and form_cells.form = disputes.form
        and form_cells.table_no = disputes.table_no
        and form_cells.row_no = disputes.row_no
        and form_cells.column_no = disputes.column_no
    where form_cells.amount_source <> 'derived'
),

unplaced as (
    select
        forms_with_amounts.document_id,
        'R-garbled-05' as rule_id,
        forms_with_amounts.form,
        cast(null as varchar) as row_key,
        cast(null as varchar) as measure,
        forms_with_amounts.form as instance_key,
        case when count(leftovers.text) > 0 then 'fail' else 'pass' end as status,
        true as is_extraction,
        cast(greatest(count(leftovers.text), 1) as integer) as n_terms,
        array_to_string(
            list(leftovers.text order by leftovers.page, leftovers.table_no, leftovers.row_no, leftovers.column_no)[1:3],
            '、'
        ) as left_text,
        cast(null as varchar) as right_text,
        coalesce(min(leftovers.page), forms_with_amounts.page) as page
    from forms_with_amounts
    left join leftovers
        on leftovers.reason <> '{{ var("readings_disagree") }}'
        and forms_with_amounts.document_id = leftovers.document_id
        and forms_with_amounts.form = leftovers.form
    group by forms_with_amounts.document_id, forms_with_amounts.form, forms_with_amounts.page
),

by_row as (
    select * from names
    union all by name
    select * from codes
    union all by name
    select * from repairs
    union all by name
    select * from unresolved
    union all by name
    select * from readings
),

nothing_noticed as (
    select
        document_id,
        rule_id,
        form,
        form as instance_key,
        'pass' as status,
        false as is_extraction,
        cast(count(*) as integer) as n_terms,
        min(page) as page
    from by_row
    group by document_id, rule_id, form
    having bool_and(status = 'pass')
),

noticed as (
    select * from by_row where status <> 'pass'
),

all_checks as (
    select * from forms_present
    union all by name
    select * from totals_printed
    union all by name
    select * from completions
    union all by name
    select * from unplaced
    union all by name
    select * from noticed
    union all by name
    select * from nothing_noticed
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    cast(n_terms as integer) as n_terms,
    status,
    coalesce(is_extraction, false) as is_extraction,
    left_value,
    left_text,
    right_text,
    page
from all_checks
