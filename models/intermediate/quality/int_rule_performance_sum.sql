-- Grain: one rule of money and one performance table or paper: the projects among each other, their sources
-- and uses, the whole department, against the forms.
with evaluated as (select * from {{ ref('int_performance_project') }}),

project_lines as (select * from {{ ref('stg_ledger__project_line') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

-- The head of the whole department's table splits either its budget or its execution.
split_totals as (
    select
        *,
        regexp_extract(json_extract_string(attributes, '$."基本支出总额"'), '^[0-9,]+(?:[.][0-9]+)?') as basic_printed,
        regexp_extract(json_extract_string(attributes, '$."项目支出总额"'), '^[0-9,]+(?:[.][0-9]+)?') as project_printed
    from evaluated
    where form = 'overall_performance' and unit_printed is not null
),

split_amounts as (
    select
        *,
        cast(replace(basic_printed, ',', '') as decimal(18, 2)) + cast(replace(project_printed, ',', '') as decimal(18, 2))
            as split_amount,
        0.5 * ({{ decimal_place("length(regexp_extract(basic_printed, '[.]([0-9]+)', 1))") }}
            + {{ decimal_place("length(regexp_extract(project_printed, '[.]([0-9]+)', 1))") }}) as split_half
    from split_totals
    -- An amount of more digits cannot be one, and R-residue-06 says so.
    where length(basic_printed) between 1 and 12 and length(project_printed) between 1 and 12
),

split_whole as (
    select
        *,
        {{ to_yuan('split_amount', 'unit_printed') }} as split_cny,
        cast(split_half * {{ unit_value('unit_printed') }} as decimal(20, 3)) as split_half_cny,
        case
            when executed_cny is null then budget_cny
            when budget_cny is null then executed_cny
            when abs({{ to_yuan('split_amount', 'unit_printed') }} - executed_cny)
                <= abs({{ to_yuan('split_amount', 'unit_printed') }} - budget_cny) then executed_cny
            else budget_cny
        end as nearest_cny
    from split_amounts
),

of_splits as (
    select
        document_id, 'R-performance-09' as rule_id, form, row_key, 'executed' as measure, 'split' as instance_key,
        project_name as subject, '元' as value_unit,
        split_cny as left_value, nearest_cny as right_value,
        cast(split_cny - nearest_cny as decimal(20, 2)) as difference,
        cast(split_half_cny + coalesce(executed_half, budget_half) as decimal(20, 3)) as tolerance,
        basic_printed || ' + ' || project_printed || ' ' || unit_printed as left_printed,
        3 as n_terms, page
    from split_whole
    where nearest_cny is not null
),

-- What the text says was evaluated is what the evaluated projects spent, or had to spend.
project_sums as (
    select
        document_id,
        count(*) as projects,
        sum(executed_cny) as executed_cny,
        sum(executed_half) as executed_half,
        sum(budget_cny) as budget_cny,
        sum(budget_half) as budget_half,
        count(executed_cny) = count(*) and count(budget_cny) = count(*) as is_complete,
        min(page) as page
    from evaluated
    where source = 'self_evaluation'
    group by document_id
),

-- No project can have spent what the forms do not show: their sum stays within project expenditure.
of_project_sums as (
    select
        project_sums.document_id, 'R-performance-11' as rule_id, 'project_performance' as form,
        cast(null as varchar) as row_key, 'executed' as measure, 'executed' as instance_key, '项目' as subject,
        '元' as value_unit,
        cast(project_sums.executed_cny as decimal(20, 2)) as left_value, cells.amount_cny as right_value,
        cast(project_sums.executed_cny - cells.amount_cny as decimal(20, 2)) as difference,
        cast(project_sums.executed_half + 0.5 * cells.precision_cny as decimal(20, 3)) as tolerance,
        cast(project_sums.projects as varchar) as left_printed,
        cast(1 + project_sums.projects as integer) as n_terms,
        case
            when project_sums.executed_cny <= cells.amount_cny then 'pass'
            when project_sums.executed_cny - cells.amount_cny <= project_sums.executed_half + 0.5 * cells.precision_cny
                then 'rounding'
            else 'fail'
        end as status,
        project_sums.page
    from project_sums
    inner join cells
        on project_sums.document_id = cells.document_id
        and cells.form = 'expenditure' and cells.row_key = 'total' and cells.measure = 'project'
    where project_sums.executed_cny is not null
),

-- How a budget project's money is used, and where it comes from, each comes to its budget.
line_sums as (
    select
        document_id,
        project_no,
        line_kind,
        sum({{ to_yuan('amount', 'unit_printed') }}) as lines_cny,
        sum(0.5 * {{ precision_in_yuan("length(regexp_extract(amount_printed, '[.]([0-9]+)', 1))", 'unit_printed') }})
            as lines_half,
        count(*) as lines,
        string_agg(amount_printed, ' + ' order by line_no) as lines_printed,
        min(unit_printed) as unit_printed
    from project_lines
    where line_kind = 'spending' or (line_kind = 'funding' and item_name = '合计')
    group by document_id, project_no, line_kind
),

of_lines as (
    select
        evaluated.document_id, 'R-performance-12' as rule_id, evaluated.form, evaluated.row_key, 'budget' as measure,
        evaluated.row_key || '|' || line_sums.line_kind as instance_key, evaluated.project_name as subject,
        '元' as value_unit,
        evaluated.budget_cny as left_value, cast(line_sums.lines_cny as decimal(20, 2)) as right_value,
        cast(evaluated.budget_cny - line_sums.lines_cny as decimal(20, 2)) as difference,
        cast(evaluated.budget_half + line_sums.lines_half as decimal(20, 3)) as tolerance,
        case when line_sums.lines <= 8 then line_sums.lines_printed || ' ' || line_sums.unit_printed end as right_printed,
        cast(1 + line_sums.lines as integer) as n_terms,
        evaluated.page
    from evaluated
    inner join line_sums
        on evaluated.document_id = line_sums.document_id and evaluated.project_no = line_sums.project_no
    where evaluated.budget_cny is not null and evaluated.form = 'project_performance'
),

-- The whole department's income and spending of each year come to their totals.
compositions as (
    select
        document_id,
        project_no,
        description,
        year,
        max({{ to_yuan('amount', 'unit_printed') }}) filter (where item_name = '合计') as total_cny,
        max(0.5 * {{ precision_in_yuan("length(regexp_extract(amount_printed, '[.]([0-9]+)', 1))", 'unit_printed') }})
            filter (where item_name = '合计') as total_half,
        sum({{ to_yuan('amount', 'unit_printed') }}) filter (where item_name <> '合计') as parts_cny,
        sum(0.5 * {{ precision_in_yuan("length(regexp_extract(amount_printed, '[.]([0-9]+)', 1))", 'unit_printed') }})
            filter (where item_name <> '合计') as parts_half,
        count(*) as lines,
        string_agg(amount_printed, ' + ' order by line_no) filter (where item_name <> '合计') || ' ' || min(unit_printed)
            as parts_printed,
        min(page) as page
    from project_lines
    where line_kind = 'composition'
    group by document_id, project_no, description, year
),

of_compositions as (
    select
        document_id, 'R-performance-13' as rule_id, 'overall_performance' as form, 'total' as row_key,
        'budget' as measure, concat_ws('|', description, year) as instance_key,
        concat_ws(' ', year, description) as subject, '元' as value_unit,
        total_cny as left_value, cast(parts_cny as decimal(20, 2)) as right_value,
        cast(total_cny - parts_cny as decimal(20, 2)) as difference,
        cast(total_half + parts_half as decimal(20, 3)) as tolerance,
        parts_printed as right_printed, cast(lines as integer) as n_terms, page
    from compositions
    where total_cny is not null and parts_cny is not null
),

-- The projects that a budget lists for the whole department come to the budgets of their own forms.
of_project_lists as (
    select
        own.document_id, 'R-performance-19' as rule_id, 'project_performance' as form,
        cast(null as varchar) as row_key, 'budget' as measure, 'budget' as instance_key, '项目' as subject,
        '元' as value_unit,
        own.forms_cny as left_value, listed.listed_cny as right_value,
        cast(own.forms_half + listed.listed_half as decimal(20, 3)) as tolerance,
        cast(own.forms as varchar) as left_printed, cast(listed.lines as varchar) as right_printed,
        cast(own.forms + listed.lines as integer) as n_terms, own.page
    from (
        select
            document_id, sum(budget_cny) as forms_cny, sum(budget_half) as forms_half, count(*) as forms,
            min(page) as page
        from evaluated
        where source = 'budget_form' and budget_cny is not null
        group by document_id
    ) as own
    inner join (
        select
            document_id,
            sum({{ to_yuan('amount', 'unit_printed') }}) as listed_cny,
            sum(0.5 * {{ precision_in_yuan("length(regexp_extract(amount_printed, '[.]([0-9]+)', 1))", 'unit_printed') }})
                as listed_half,
            count(*) as lines
        from project_lines
        where line_kind = 'project_summary'
        group by document_id
    ) as listed on own.document_id = listed.document_id and own.forms = listed.lines
),

equalities as (
    select * from of_splits
    union all by name
    select * from of_lines
    union all by name
    select * from of_compositions
    union all by name
    select * from of_project_lists
),

all_checks as (
    select * from of_project_sums
    union all by name
    {{- judged_equal('equalities') }}
)

{{- performance_checks('all_checks') }}
