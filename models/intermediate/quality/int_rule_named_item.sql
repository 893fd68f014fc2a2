-- Grain: one rule and one item that the text names without a figure, or that the forms use and the text
-- should have named: the glossary's function items (R-code-03 one by one, R-coverage-03 together), the
-- economic items of personnel and public expenses group by group (R-claim-17, R-claim-18).
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

named as (
    select
        named_items.*,
        {{ normalise_name('named_items.item_name') }} as item_key,
        {{ normalise_name('named_items.group_name') }} as group_key
    from {{ ref('stg_ledger__named_item') }} as named_items
    inner join documents on named_items.document_id = documents.document_id
),

form_lines as (
    select * from {{ ref('int_form_line') }}
    where code is not null and row_name is not null and coalesce(resolution, 'exact') <> 'unresolved'
),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny <> 0),

group_names as (
    select document_id, code, min_by({{ normalise_name('row_name') }}, (table_no, row_no, block_no)) as group_key
    from form_lines
    where length(code) = 5 and form <> 'basic_expenditure'
    group by document_id, code
),

-- The function items that the forms give money to.
function_items as (
    select
        form_lines.document_id,
        form_lines.code,
        min_by(form_lines.row_name, (form_lines.table_no, form_lines.row_no, form_lines.block_no)) as item_name,
        min(form_lines.page) as page
    from form_lines
    inner join cells
        on form_lines.document_id = cells.document_id
        and form_lines.form = cells.form
        and form_lines.row_key = cells.row_key
    where regexp_full_match(form_lines.code, '2[0-9]{6}') and form_lines.form <> 'basic_expenditure'
    group by form_lines.document_id, form_lines.code
),

-- Every name a form prints for the item counts: one of them may be cut.
function_names as (
    select distinct
        function_items.document_id,
        function_items.code,
        {{ normalise_name('form_lines.row_name') }} as item_key,
        group_names.group_key
    from function_items
    inner join form_lines
        on function_items.document_id = form_lines.document_id and function_items.code = form_lines.code
    left join group_names
        on function_items.document_id = group_names.document_id and left(function_items.code, 5) = group_names.code
),

glossary as (
    select document_id, group_name, item_name, item_key, group_key, min(page) as page
    from named
    where kind = 'function'
    group by document_id, group_name, item_name, item_key, group_key
),

explained as (
    select distinct glossary.document_id, glossary.group_key, glossary.item_key, function_names.code
    from glossary
    inner join function_names
        on glossary.document_id = function_names.document_id
        and {{ names_agree('glossary.item_key', 'function_names.item_key') }}
        and (
            function_names.group_key is null
            or {{ names_agree('glossary.group_key', 'function_names.group_key') }}
        )
),

of_glossary as (
    select
        glossary.document_id,
        'R-code-03' as rule_id,
        glossary.group_key || '|' || glossary.item_key as instance_key,
        cast(null as varchar) as form,
        cast(null as varchar) as row_key,
        glossary.group_name || '/' || glossary.item_name as left_text,
        cast(null as varchar) as right_text,
        1 as n_terms,
        case when explained.document_id is null then 'fail' else 'pass' end as status,
        glossary.page
    from glossary
    semi join function_items on glossary.document_id = function_items.document_id
    left join (select distinct document_id, group_key, item_key from explained) as explained
        on glossary.document_id = explained.document_id
        and glossary.group_key = explained.group_key
        and glossary.item_key = explained.item_key
),

used_items as (
    select function_items.*, explained.document_id is not null as is_explained
    from function_items
    semi join glossary on function_items.document_id = glossary.document_id
    left join (select distinct document_id, code from explained) as explained
        on function_items.document_id = explained.document_id and function_items.code = explained.code
),

of_used_items as (
    select
        document_id,
        'R-coverage-03' as rule_id,
        'glossary' as instance_key,
        cast(null as varchar) as form,
        cast(null as varchar) as row_key,
        array_to_string(list(code || ' ' || item_name order by code) filter (where not is_explained)[1:8], '、') as left_text,
        cast(null as varchar) as right_text,
        cast(case when bool_and(is_explained) then count(*) else count(*) filter (where not is_explained) end as integer)
            as n_terms,
        case when bool_and(is_explained) then 'pass' else 'fail' end as status,
        min(page) as page
    from used_items
    group by document_id
),

-- The economic items that the basic form gives money to.
economic_items as (
    select
        form_lines.document_id,
        form_lines.code,
        min({{ normalise_name('form_lines.row_name') }}) as item_key,
        min_by(form_lines.row_name, (form_lines.table_no, form_lines.row_no, form_lines.block_no)) as item_name,
        case when left(form_lines.code, 3) in ('301', '303') then '人员经费' else '公用经费' end as group_name,
        min(form_lines.page) as page
    from form_lines
    inner join cells
        on form_lines.document_id = cells.document_id
        and form_lines.form = cells.form
        and form_lines.row_key = cells.row_key
    where form_lines.form = 'basic_expenditure' and regexp_full_match(form_lines.code, '3[0-9]{4}')
    group by form_lines.document_id, form_lines.code
),

economic_named as (
    select distinct named.document_id, named.group_name, named.item_name, named.item_key, named.page
    from named
    semi join economic_items on named.document_id = economic_items.document_id
    where named.kind = 'economic'
),

listed as (
    select
        economic_named.*,
        exists (
            select 1 from economic_items
            where economic_items.document_id = economic_named.document_id
                and {{ names_agree('economic_named.item_key', 'economic_items.item_key') }}
        ) as is_used
    from economic_named
),

of_listed as (
    select
        document_id,
        'R-claim-17' as rule_id,
        group_name as instance_key,
        'basic_expenditure' as form,
        cast(null as varchar) as row_key,
        group_name as left_text,
        array_to_string(list(item_name order by item_name) filter (where not is_used)[1:3], '、') as right_text,
        cast(case when bool_and(is_used) then count(*) else count(*) filter (where not is_used) end as integer) as n_terms,
        case when bool_and(is_used) then 'pass' else 'fail' end as status,
        min(page) as page
    from listed
    group by document_id, group_name
),

used as (
    select
        economic_items.*,
        exists (
            select 1 from economic_named
            where economic_items.document_id = economic_named.document_id
                and {{ names_agree('economic_named.item_key', 'economic_items.item_key') }}
        ) as is_listed
    from economic_items
    -- A budget names the main items only.
    inner join documents
        on economic_items.document_id = documents.document_id and documents.document_kind = 'final_account'
    semi join economic_named
        on economic_items.document_id = economic_named.document_id
        and economic_items.group_name = economic_named.group_name
),

of_used as (
    select
        document_id,
        'R-claim-18' as rule_id,
        group_name as instance_key,
        'basic_expenditure' as form,
        cast(null as varchar) as row_key,
        group_name as left_text,
        array_to_string(list(item_name order by code) filter (where not is_listed)[1:3], '、') as right_text,
        cast(case when bool_and(is_listed) then count(*) else count(*) filter (where not is_listed) end as integer)
            as n_terms,
        case when bool_and(is_listed) then 'pass' else 'fail' end as status,
        min(page) as page
    from used
    group by document_id, group_name
),

all_checks as (
    select * from of_glossary
    union all by name
    select * from of_used_items
    union all by name
    select * from of_listed
    union all by name
    select * from of_used
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    cast(null as varchar) as measure,
    left_text,
    right_text,
    n_terms,
    status,
    page
from all_checks
