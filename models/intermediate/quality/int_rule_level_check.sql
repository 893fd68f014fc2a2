-- Grain: one row that a coded form lacks (status missing): it prints the rows below it, and rows of its
-- level elsewhere. One row per document and form where none is lacking (status pass).
with form_lines as (select * from {{ ref('int_form_line') }}),

coded_rows as (
    select
        document_id,
        form,
        row_key,
        page,
        length(row_key) as key_length,
        left(row_key, length(row_key) - 2) as upper_key
    from form_lines
    where classification = 'function' and side is null and row_key = code
),

levels as (
    select distinct document_id, form, key_length from coded_rows
),

looked_up as (
    select
        coded_rows.*,
        upper_rows.row_key is null as is_lacking
    from coded_rows
    inner join levels
        on coded_rows.document_id = levels.document_id
        and coded_rows.form = levels.form
        and coded_rows.key_length = levels.key_length + 2
    left join coded_rows as upper_rows
        on coded_rows.document_id = upper_rows.document_id
        and coded_rows.form = upper_rows.form
        and coded_rows.upper_key = upper_rows.row_key
),

lacking as (
    select
        document_id,
        form,
        upper_key as row_key,
        form || '|' || upper_key as instance_key,
        'missing' as status,
        count(*) as n_terms,
        min(row_key) as left_text,
        min(page) as page
    from looked_up
    where is_lacking
    group by document_id, form, upper_key
),

complete as (
    select
        document_id,
        form,
        form as instance_key,
        'pass' as status,
        count(*) as n_terms,
        min(page) as page
    from looked_up
    group by document_id, form
    having not bool_or(is_lacking)
),

checks as (
    select * from lacking
    union all by name
    select * from complete
)

select
    document_id,
    'R-level-01' as rule_id,
    instance_key,
    form,
    row_key,
    cast(null as varchar) as measure,
    cast(n_terms as integer) as n_terms,
    status,
    -- A form that prints the level elsewhere has the row too: it was lost on the way.
    true as is_extraction,
    cast(null as decimal(20, 2)) as left_value,
    left_text,
    cast(null as varchar) as right_text,
    page
from checks
