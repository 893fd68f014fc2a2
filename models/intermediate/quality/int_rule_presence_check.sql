-- Grain: one row that a form lacks although it prints what stands beside or below it (status missing),
-- and one row per document, form and rule where nothing is lacking (status pass): the class or group
-- above a code (R-level-01), the total of a year beside a balance (rules of relation `beside`).
with terms as (select * from {{ ref('accounting_rule_term') }}),

rules as (select * from {{ ref('accounting_rule') }} where relation = 'beside'),

form_lines as (select * from {{ ref('int_form_line') }}),

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

rows_above as (
    select
        coded_rows.document_id,
        'R-level-01' as rule_id,
        coded_rows.form,
        coded_rows.upper_key as owed_key,
        coded_rows.row_key,
        coded_rows.page,
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

rows_beside as (
    select
        form_lines.document_id,
        rules.rule_id,
        form_lines.form,
        owed.row_key as owed_key,
        form_lines.row_key,
        form_lines.page,
        owed_lines.row_key is null as is_lacking
    from rules
    inner join terms as owed on rules.rule_id = owed.rule_id and owed.side = 'left'
    inner join terms as given on rules.rule_id = given.rule_id and given.side = 'right'
    inner join form_lines on given.form = form_lines.form and given.row_key = form_lines.row_key
    left join form_lines as owed_lines
        on form_lines.document_id = owed_lines.document_id
        and owed.form = owed_lines.form
        and owed.row_key = owed_lines.row_key
),

looked_up as (
    select * from rows_above
    union all
    select * from rows_beside
),

lacking as (
    select
        document_id,
        rule_id,
        form,
        owed_key as row_key,
        form || '|' || owed_key as instance_key,
        'missing' as status,
        count(*) as n_terms,
        min(row_key) as left_text,
        min(page) as page
    from looked_up
    where is_lacking
    group by document_id, rule_id, form, owed_key
),

complete as (
    select
        document_id,
        rule_id,
        form,
        form as instance_key,
        'pass' as status,
        count(*) as n_terms,
        min(page) as page
    from looked_up
    group by document_id, rule_id, form
    having not bool_or(is_lacking)
),

checks as (
    select * from lacking
    union all by name
    select * from complete
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    cast(null as varchar) as measure,
    cast(n_terms as integer) as n_terms,
    status,
    -- The form prints such rows: this one was lost on the way.
    true as is_extraction,
    cast(null as decimal(20, 2)) as left_value,
    left_text,
    cast(null as varchar) as right_text,
    page
from checks
