-- Grain: one rule and one thing that the explanation says of the performance tables: rates, funds, numbers of
-- projects, the adjusted budget.
with evaluated as (select * from {{ ref('int_performance_project') }}),

operands as (select * from {{ ref('int_claim_operand') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

stated_rates as (
    select
        operands.document_id,
        evaluated.form,
        evaluated.row_key,
        evaluated.project_name,
        operands.metric,
        operands.value,
        operands.half,
        operands.value_printed,
        operands.unit,
        evaluated.rate,
        evaluated.rate_half,
        operands.page
    from operands
    inner join evaluated
        on operands.document_id = evaluated.document_id
        and operands.project_key = evaluated.project_key
        and evaluated.rate is not null
    where operands.section_key = 'performance'
        and (
            (operands.metric = 'completion_pct' and evaluated.form = 'project_performance')
            or (operands.metric = 'rate_pct' and evaluated.form = 'overall_performance' and operands.subject_key like '%执行率')
        )
    qualify row_number() over (
        partition by operands.document_id, evaluated.row_key
        order by operands.snippet_offset, operands.claim_id, evaluated.project_no
    ) = 1
),

of_stated_rates as (
    select
        document_id, 'R-performance-06' as rule_id, form, row_key, 'execution_rate' as measure, row_key as instance_key,
        project_name as subject, '%' as value_unit,
        cast(value as decimal(20, 2)) as left_value, cast(rate as decimal(20, 2)) as right_value,
        cast(value - rate as decimal(20, 2)) as difference, cast(half + rate_half as decimal(20, 3)) as tolerance,
        value_printed || ' ' || unit as left_printed, 2 as n_terms, page
    from stated_rates
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

listed_sums as (
    select
        document_id, sum(value_cny) as listed_cny, sum(half_cny) as listed_half
    from operands
    where section_key = 'general_public' and claim_level = 'project' and metric = 'final_actual'
    group by document_id
),

evaluated_funds as (
    select
        operands.document_id,
        operands.metric,
        operands.value_printed,
        operands.unit,
        operands.value_cny,
        operands.half_cny,
        operands.page,
        project_sums.projects,
        project_sums.executed_cny,
        project_sums.executed_half,
        least(
            abs(operands.value_cny - project_sums.executed_cny) - project_sums.executed_half,
            abs(operands.value_cny - project_sums.budget_cny) - project_sums.budget_half,
            coalesce(abs(operands.value_cny - listed_sums.listed_cny) - listed_sums.listed_half,
                abs(operands.value_cny - project_sums.executed_cny))
        ) as nearest
    from operands
    inner join project_sums on operands.document_id = project_sums.document_id and project_sums.is_complete
    left join listed_sums on operands.document_id = listed_sums.document_id
    where operands.section_key = 'performance' and operands.claim_level = ''
        and operands.metric in ('other_amount', 'adjusted_budget')
        and regexp_full_match(operands.subject_key, '.*资金')
    qualify row_number() over (
        partition by operands.document_id order by operands.metric, operands.snippet_offset, operands.claim_id
    ) = 1
),

of_funds as (
    select
        document_id, 'R-performance-10' as rule_id, 'project_performance' as form, cast(null as varchar) as row_key,
        cast(null as varchar) as measure, 'funds' as instance_key, '资金' as subject, '元' as value_unit,
        value_cny as left_value, cast(executed_cny as decimal(20, 2)) as right_value,
        cast(value_cny - executed_cny as decimal(20, 2)) as difference,
        cast(half_cny + executed_half as decimal(20, 3)) as tolerance,
        value_printed || ' ' || unit as left_printed,
        cast(projects as varchar) as right_printed,
        cast(1 + projects as integer) as n_terms,
        case
            when value_cny = executed_cny then 'pass'
            when nearest <= half_cny then 'pass'
            else 'fail'
        end as status,
        page
    from evaluated_funds
),

-- How many projects the text says there are, and how many tables the paper prints.
project_counts as (
    select document_id, count(*) as tables, min(page) as page
    from evaluated
    where source in ('self_evaluation', 'budget_form')
    group by document_id
),

of_counts as (
    select
        operands.document_id, 'R-performance-14' as rule_id, 'project_performance' as form,
        cast(null as varchar) as row_key, cast(null as varchar) as measure, 'count' as instance_key,
        operands.subject, operands.unit as value_unit,
        cast(operands.value as decimal(20, 2)) as left_value, cast(project_counts.tables as decimal(20, 2)) as right_value,
        cast(operands.value - project_counts.tables as decimal(20, 2)) as difference,
        cast(0 as decimal(20, 3)) as tolerance,
        operands.value_printed || ' ' || operands.unit as left_printed,
        2 as n_terms, operands.page
    from operands
    inner join project_counts on operands.document_id = project_counts.document_id
    where operands.section_key = 'performance' and operands.metric = 'count' and operands.unit = '个'
        and regexp_full_match(operands.subject_key, '(一级|部门)?项目(支出绩效目标)?|一级项目支出绩效目标')
    qualify row_number() over (
        partition by operands.document_id order by operands.snippet_offset desc, operands.claim_id
    ) = 1
),

-- What the text says of the whole department's evaluation is what its table has to spend, or spent.
of_whole_funds as (
    select
        operands.document_id, 'R-performance-15' as rule_id, evaluated.form, evaluated.row_key,
        case
            when abs(operands.value_cny - evaluated.budget_cny) < abs(operands.value_cny - evaluated.executed_cny)
                then 'budget'
            else 'executed'
        end as measure,
        'funds' as instance_key, '整体支出' as subject, '元' as value_unit,
        operands.value_cny as left_value,
        case
            when abs(operands.value_cny - evaluated.budget_cny) < abs(operands.value_cny - evaluated.executed_cny)
                then evaluated.budget_cny
            else evaluated.executed_cny
        end as right_value,
        cast(operands.half_cny + greatest(evaluated.budget_half, evaluated.executed_half) as decimal(20, 3)) as tolerance,
        operands.value_printed || ' ' || operands.unit as left_printed,
        2 as n_terms, operands.page
    from operands
    inner join evaluated
        on operands.document_id = evaluated.document_id and evaluated.source = 'overall'
    where operands.section_key = 'performance' and operands.claim_level = 'department'
        and operands.metric = 'other_amount' and operands.subject_key = '资金'
        and evaluated.budget_cny is not null and evaluated.executed_cny is not null
    qualify row_number() over (partition by operands.document_id order by operands.value_offset, evaluated.project_no) = 1
),

-- The adjusted budget that the text states for the whole is what the self-evaluation has to spend, where
-- there is no other money.
of_adjusted_budgets as (
    select
        operands.document_id, 'R-performance-18' as rule_id, evaluated.form, evaluated.row_key, 'budget' as measure,
        'adjusted_budget' as instance_key, operands.subject, '元' as value_unit,
        operands.value_cny as left_value, evaluated.budget_cny as right_value,
        cast(operands.half_cny + evaluated.budget_half as decimal(20, 3)) as tolerance,
        operands.value_printed || ' ' || operands.unit as left_printed,
        2 as n_terms, operands.page
    from operands
    inner join evaluated
        on operands.document_id = evaluated.document_id and evaluated.source = 'overall'
        and evaluated.budget_cny is not null
    inner join cells as spent
        on operands.document_id = spent.document_id
        and spent.form = 'expenditure' and spent.row_key = 'total' and spent.measure = 'total'
    inner join cells as public_spent
        on operands.document_id = public_spent.document_id
        and public_spent.form = 'general_public_expenditure' and public_spent.row_key = 'total'
        and public_spent.measure = 'total' and public_spent.amount_cny = spent.amount_cny
    where operands.section_key = 'general_public' and operands.claim_level = ''
        and operands.metric = 'adjusted_budget'
        and regexp_full_match(operands.subject_key, '一般公共预算财政拨款支出|财政拨款支出')
    qualify row_number() over (partition by operands.document_id order by operands.value_offset, evaluated.project_no) = 1
),

-- The accounts that the text gives of single projects: how many, and what they spent.
accounts as (
    select
        document_id,
        count(distinct project_key) as projects,
        sum(value_cny) filter (where metric = 'final_actual') as executed_cny,
        sum(half_cny) filter (where metric = 'final_actual') as executed_half,
        min(page) as page
    from operands
    where section_key = 'performance' and claim_level = 'project' and value_cny is not null
        and regexp_replace(subject_key, '(项目)+$', '') = project_key
    group by document_id
),

of_accounts as (
    select
        accounts.document_id, 'R-performance-20' as rule_id, 'expenditure' as form, 'total' as row_key,
        'project' as measure, 'executed' as instance_key, '项目' as subject, '元' as value_unit,
        cast(accounts.executed_cny as decimal(20, 2)) as left_value, cells.amount_cny as right_value,
        cast(accounts.executed_cny - cells.amount_cny as decimal(20, 2)) as difference,
        cast(accounts.executed_half + 0.5 * cells.precision_cny as decimal(20, 3)) as tolerance,
        cast(accounts.projects as varchar) as left_printed,
        cast(1 + accounts.projects as integer) as n_terms,
        case
            when accounts.executed_cny <= cells.amount_cny then 'pass'
            when accounts.executed_cny - cells.amount_cny <= accounts.executed_half + 0.5 * cells.precision_cny
                then 'rounding'
            else 'fail'
        end as status,
        accounts.page
    from accounts
    inner join cells
        on accounts.document_id = cells.document_id
        and cells.form = 'expenditure' and cells.row_key = 'total' and cells.measure = 'project'
    where accounts.executed_cny is not null
),

of_account_counts as (
    select
        operands.document_id, 'R-performance-21' as rule_id, cast(null as varchar) as form,
        cast(null as varchar) as row_key, cast(null as varchar) as measure, 'count' as instance_key,
        operands.subject, operands.unit as value_unit,
        cast(operands.value as decimal(20, 2)) as left_value, cast(accounts.projects as decimal(20, 2)) as right_value,
        cast(0 as decimal(20, 3)) as tolerance,
        operands.value_printed || ' ' || operands.unit as left_printed,
        2 as n_terms, operands.page
    from operands
    inner join accounts on operands.document_id = accounts.document_id
    where operands.section_key = 'performance' and operands.metric = 'count' and operands.unit = '个'
        and operands.document_kind = 'final_account'
        and regexp_full_match(operands.subject_key, '(一级|部门)?项目')
    qualify row_number() over (partition by operands.document_id order by operands.value_offset desc) = 1
),

equalities as (
    select * from of_stated_rates
    union all by name
    select * from of_counts
    union all by name
    select * from of_whole_funds
    union all by name
    select * from of_adjusted_budgets
    union all by name
    select * from of_account_counts
),

all_checks as (
    select * from of_funds
    union all by name
    select * from of_accounts
    union all by name
    {{- judged_equal('equalities') }}
)

{{- performance_checks('all_checks') }}
