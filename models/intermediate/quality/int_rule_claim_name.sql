-- Grain: one thing that the explanation and a table of the same paper name differently: a project whose
-- names are alike and whose figures should be one (R-claim-15), an item that the text puts under another
-- group than the forms do (R-claim-16).
with operands as (select * from {{ ref('int_claim_operand') }}),

claims as (select * from {{ ref('int_claim') }}),

form_lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

-- The words every project may have say nothing of which one it is.
{% set bare = "regexp_replace(X, '项目|专项|经费|费用|资金|费$|工作|年度|运行|维护', '', 'g')" %}
{% set characters = "list_distinct(string_split(X, ''))" %}
tables as (
    select
        document_id,
        form,
        row_key,
        measure,
        amount_cny,
        cast(0.5 * precision_cny as decimal(20, 3)) as half,
        substring(row_key, 9) as project_key,
        {{ bare | replace('X', 'substring(row_key, 9)') }} as bare_name,
        {{ characters | replace('X', 'bare_name') }} as characters
    from cells
    where form = 'project_performance' and starts_with(row_key, 'project:')
),

stated as (
    select
        *,
        {{ bare | replace('X', 'project_key') }} as bare_name,
        {{ characters | replace('X', 'bare_name') }} as characters
    from operands
    where claim_level = 'project' and metric in ('final_actual', 'adjusted_budget', 'budget')
        and regexp_replace(subject_key, '(项目)+$', '') = project_key
),

named_alike as (
    select
        stated.*,
        tables.form as other_form,
        tables.row_key as other_row_key,
        tables.measure as other_measure,
        tables.amount_cny,
        tables.half as other_half,
        tables.project_key as other_key
    from stated
    inner join tables
        on stated.document_id = tables.document_id
        and tables.measure = case stated.metric when 'final_actual' then 'executed' else 'budget' end
        and (
            stated.bare_name = tables.bare_name
            or contains(stated.bare_name, tables.bare_name)
            or contains(tables.bare_name, stated.bare_name)
            -- Dice's measure over their characters: nearly all are those of both.
            or 2 * array_length(list_intersect(stated.characters, tables.characters))
                >= 0.85 * (array_length(stated.characters) + array_length(tables.characters))
        )
    where length(stated.bare_name) > 2 and length(tables.bare_name) > 2
        -- A project that has a table under its own name needs no likeness.
        and not exists (
            select 1 from tables as own
            where own.document_id = stated.document_id and own.project_key = stated.project_key
        )
    qualify count(*) over (partition by stated.claim_id) = 1
),

of_projects as (
    select
        document_id,
        'R-claim-15' as rule_id,
        concat_ws('|', project_key, metric, row_number() over (
            partition by document_id, project_key, metric order by value_offset, claim_id
        )) as instance_key,
        other_form as form,
        other_row_key as row_key,
        other_measure as measure,
        metric,
        subject as left_text,
        value_printed || ' ' || unit as right_text,
        value_cny as left_value,
        amount_cny as right_value,
        cast(value_cny - amount_cny as decimal(20, 2)) as difference,
        cast(half_cny + other_half as decimal(20, 3)) as tolerance,
        2 as n_terms,
        case
            when value_cny = amount_cny then 'pass'
            when abs(value_cny - amount_cny) <= half_cny + other_half then 'rounding'
            else 'fail'
        end as status,
        page
    from named_alike
),

groups_printed as (
    select document_id, code, min_by(row_name, (table_no, row_no, block_no)) as group_name
    from form_lines
    where length(code) = 5 and row_name is not null
    group by document_id, code
),

-- One outcome an item, however many figures the text states of it.
of_groups as (
    select
        claims.document_id,
        'R-claim-16' as rule_id,
        claims.function_code as instance_key,
        cast(null as varchar) as form,
        claims.function_code as row_key,
        cast(null as varchar) as measure,
        min_by(claims.group_name, claims.snippet_offset) as left_text,
        min(groups_printed.group_name) as right_text,
        min_by(claims.item_name, claims.snippet_offset) as subject,
        cast(count(*) as integer) as n_terms,
        case when bool_and(claims.group_matches) then 'pass' else 'fail' end as status,
        min(claims.page) as page
    from claims
    inner join groups_printed
        on claims.document_id = groups_printed.document_id
        and left(claims.function_code, 5) = groups_printed.code
    where claims.is_code_in_forms and claims.group_matches is not null and length(claims.function_code) = 7
    group by claims.document_id, claims.function_code
),

all_checks as (
    select * from of_projects
    union all by name
    select * from of_groups
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    metric,
    subject,
    left_text,
    right_text,
    left_value,
    right_value,
    difference,
    tolerance,
    n_terms,
    status,
    page
from all_checks
