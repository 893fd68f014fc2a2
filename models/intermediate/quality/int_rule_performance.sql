{%- set places = "length(rtrim(split_part(cast(X as varchar), '.', 2), '0'))" %}
{%- set half_of = "cast(0.5 * " ~ decimal_place(places) ~ " as decimal(14, 7))" %}
{%- set figure = "regexp_extract(X, '^[≥≤>＞<＜]?=?([0-9]+(?:[.][0-9]+)?)', 1)" %}
{%- set unit_of = "regexp_replace(regexp_replace(X, '^[≥≤>＞<＜]?=?[0-9]+(?:[.][0-9]+)?', ''), '[/／].*$', '')" %}
-- Grain: one rule of the performance tables and one instance: the rate and score of execution, the
-- total score, the projects among each other and against the text.
with projects as (select * from {{ ref('stg_ledger__project') }}),

indicators as (select * from {{ ref('stg_ledger__indicator') }} where horizon = 'annual'),

project_lines as (select * from {{ ref('stg_ledger__project_line') }}),

operands as (select * from {{ ref('int_claim_operand') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

-- Amounts in yuan; a rate or score is as exact as the places it keeps.
evaluated as (
    select
        projects.*,
        case when source in ('overall', 'budget_overall') then 'overall_performance' else 'project_performance' end as form,
        case
            when source in ('overall', 'budget_overall') then 'total'
            else 'project:' || regexp_replace({{ normalise_name('project_name') }}, '(项目)+$', '')
        end as row_key,
        regexp_replace({{ normalise_name('project_name') }}, '(项目)+$', '') as project_key,
        {{ to_yuan('budget', 'unit_printed') }} as budget_cny,
        cast(0.5 * {{ precision_in_yuan("length(regexp_extract(budget_printed, '[.]([0-9]+)', 1))", 'unit_printed') }}
            as decimal(20, 3)) as budget_half,
        {{ to_yuan('executed', 'unit_printed') }} as executed_cny,
        cast(0.5 * {{ precision_in_yuan("length(regexp_extract(executed_printed, '[.]([0-9]+)', 1))", 'unit_printed') }}
            as decimal(20, 3)) as executed_half,
        cast(execution_rate_pct as decimal(14, 4)) as rate,
        {{ half_of | replace('X', 'execution_rate_pct') }} as rate_half,
        cast(execution_score as decimal(14, 4)) as score,
        {{ half_of | replace('X', 'execution_score') }} as score_half,
        cast(execution_weight as decimal(14, 4)) as weight,
        {{ half_of | replace('X', 'total_score') }} as total_half
    from projects
    where source <> 'budget_table'
),

rates as (
    select
        *,
        100 * executed_cny - rate * budget_cny as deviation,
        100 * executed_half + rate_half * budget_cny
            + (rate + case when 100 * executed_cny > rate * budget_cny then rate_half else -rate_half end) * budget_half
            as slack
    from evaluated
    where executed_cny is not null and rate is not null and budget_cny > 0
),

rated as (
    select
        *,
        case
            when abs(deviation) <= rate_half * budget_cny then 'pass'
            when abs(deviation) <= slack then 'rounding'
            else 'fail'
        end as status
    from rates
),

of_rates as (
    select
        document_id, 'R-performance-01' as rule_id, form, row_key, 'execution_rate' as measure, row_key as instance_key,
        project_name as subject, '%' as value_unit,
        cast(rate as decimal(20, 2)) as left_value,
        cast({{ per_cent('executed_cny', 'budget_cny') }} as decimal(20, 2)) as right_value,
        cast(rate - {{ per_cent('executed_cny', 'budget_cny') }} as decimal(20, 2)) as difference,
        cast(round(slack / budget_cny, 3) as decimal(20, 3)) as tolerance,
        executed_printed || ' ' || unit_printed || ' ÷ ' || budget_printed || ' ' || unit_printed as right_printed,
        3 as n_terms, status, page
    from rated
),

-- The score follows from the rate as it should be.
scores as (
    select
        *,
        {{ per_cent('executed_cny', 'budget_cny') }} as rate_meant,
        (100 * executed_half + rate * budget_half) / budget_cny as rate_meant_half
    from rated
    where score is not null and weight is not null
),

scored as (
    select
        *,
        cast(round(least(weight, weight * rate_meant / 100), 4) as decimal(14, 4)) as score_meant,
        cast(case when rate_meant >= 100 then score_half else score_half + weight * rate_meant_half / 100 end
            as decimal(14, 4)) as score_slack
    from scores
),

of_scores as (
    select
        document_id, 'R-performance-02' as rule_id, form, row_key, 'execution_score' as measure, row_key as instance_key,
        project_name as subject, '分' as value_unit,
        cast(score as decimal(20, 2)) as left_value,
        cast(score_meant as decimal(20, 2)) as right_value,
        cast(score - score_meant as decimal(20, 2)) as difference,
        cast(score_slack as decimal(20, 3)) as tolerance,
        cast(cast(weight as decimal(10, 2)) as varchar) || ' × ' || cast(cast(rate_meant as decimal(10, 2)) as varchar) || ' %'
            as right_printed,
        3 as n_terms,
        case
            when abs(score - score_meant) <= 0.005 then 'pass'
            when abs(score - score_meant) <= score_slack then 'rounding'
            else 'fail'
        end as status,
        page
    from scored
),

score_sums as (
    select
        evaluated.document_id,
        evaluated.project_no,
        sum(indicators.score) as indicator_sum,
        count(indicators.score) as scored_rows,
        count(*) as indicator_rows
    from evaluated
    inner join indicators
        on evaluated.document_id = indicators.document_id and evaluated.project_no = indicators.project_no
    group by evaluated.document_id, evaluated.project_no
    having count(indicators.score) > 0
),

-- A score that several indicators share stands in one of their rows: then the sum may be read amiss.
of_totals as (
    select
        evaluated.document_id,
        case
            when score_sums.scored_rows = score_sums.indicator_rows then 'R-performance-03'
            else 'R-performance-04'
        end as rule_id,
        evaluated.form, evaluated.row_key, 'total_score' as measure, evaluated.row_key as instance_key,
        evaluated.project_name as subject, '分' as value_unit,
        cast(evaluated.total_score as decimal(20, 2)) as left_value,
        cast(evaluated.score + score_sums.indicator_sum as decimal(20, 2)) as right_value,
        cast(evaluated.total_score - evaluated.score - score_sums.indicator_sum as decimal(20, 2)) as difference,
        -- Points in whole numbers are given, not rounded.
        cast(
            case when evaluated.total_score = trunc(evaluated.total_score) then 0 else evaluated.total_half end
            + case when evaluated.score = trunc(evaluated.score) then 0 else evaluated.score_half end
            as decimal(20, 3)
        ) as tolerance,
        cast(cast(evaluated.score as decimal(10, 2)) as varchar) || ' + '
            || cast(cast(score_sums.indicator_sum as decimal(10, 2)) as varchar) as right_printed,
        cast(2 + score_sums.scored_rows as integer) as n_terms,
        evaluated.page
    from evaluated
    inner join score_sums
        on evaluated.document_id = score_sums.document_id and evaluated.project_no = score_sums.project_no
    where evaluated.total_score is not null and evaluated.score is not null
),

of_bounds as (
    select
        document_id, 'R-performance-05' as rule_id, form, row_key, 'total_score' as measure,
        row_key || '|total' as instance_key, project_name as subject, '分' as value_unit,
        cast(total_score as decimal(20, 2)) as left_value, cast(100 as decimal(20, 2)) as right_value,
        cast(total_score - 100 as decimal(20, 2)) as difference, cast(0 as decimal(20, 3)) as tolerance,
        '100' as right_printed, 1 as n_terms,
        case when total_score <= 100 then 'pass' else 'fail' end as status, page
    from evaluated
    where total_score is not null
    union all
    select
        document_id, 'R-performance-05', form, row_key, 'execution_score', row_key || '|execution', project_name, '分',
        cast(score as decimal(20, 2)), cast(weight as decimal(20, 2)), cast(score - weight as decimal(20, 2)), 0,
        cast(cast(weight as decimal(10, 2)) as varchar), 2,
        case when score <= weight then 'pass' else 'fail' end, page
    from evaluated
    where score is not null and weight is not null
),

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
        partition by operands.document_id, evaluated.row_key order by operands.snippet_offset, operands.claim_id
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

of_overruns as (
    select
        document_id, 'R-performance-07' as rule_id, form, row_key, 'executed' as measure, row_key as instance_key,
        project_name as subject, '元' as value_unit,
        executed_cny as left_value, budget_cny as right_value,
        cast(executed_cny - budget_cny as decimal(20, 2)) as difference,
        cast(executed_half + budget_half as decimal(20, 3)) as tolerance,
        2 as n_terms,
        case
            when executed_cny <= budget_cny then 'pass'
            when executed_cny - budget_cny <= executed_half + budget_half then 'rounding'
            else 'fail'
        end as status,
        page
    from evaluated
    where executed_cny is not null and budget_cny is not null
),

-- A target and an outcome that are both plain figures of one unit. Less cost than planned is no miss.
compared as (
    select
        *,
        cast({{ figure | replace('X', 'target') }} as decimal(18, 4)) as target_figure,
        cast({{ figure | replace('X', 'actual') }} as decimal(18, 4)) as actual_figure
    from indicators
    where regexp_matches(target, '^[≥>＞]?=?[0-9]') and regexp_matches(actual, '^[0-9]')
        and coalesce(level1, '') <> '成本指标' and coalesce(level2, '') not like '%成本%'
        and length({{ figure | replace('X', 'target') }}) < 12 and length({{ figure | replace('X', 'actual') }}) < 12
        and (
            {{ unit_of | replace('X', 'actual') }} in ('', {{ unit_of | replace('X', 'target') }})
            or {{ unit_of | replace('X', 'target') }} = ''
        )
),

missed as (
    select
        document_id,
        project_no,
        count(*) as compared_count,
        count(*) filter (where actual_figure < target_figure) as missed_count,
        array_to_string(
            list(level3 || ' ' || target || ' → ' || actual order by indicator_no)
                filter (where actual_figure < target_figure)[1:3], '、'
        ) as missed_names
    from compared
    group by document_id, project_no
),

of_missed as (
    select
        evaluated.document_id, 'R-performance-08' as rule_id, evaluated.form, evaluated.row_key,
        'total_score' as measure, evaluated.row_key as instance_key, evaluated.project_name as subject,
        '分' as value_unit,
        cast(score_sums.indicator_sum as decimal(20, 2)) as left_value,
        cast(100 - evaluated.weight as decimal(20, 2)) as right_value,
        missed.missed_names as right_printed,
        cast(missed.compared_count as integer) as n_terms,
        case
            when missed.missed_count > 0 and score_sums.indicator_sum >= 100 - evaluated.weight then 'fail'
            else 'pass'
        end as status,
        evaluated.page
    from evaluated
    inner join score_sums
        on evaluated.document_id = score_sums.document_id and evaluated.project_no = score_sums.project_no
    inner join missed
        on evaluated.document_id = missed.document_id and evaluated.project_no = missed.project_no
    where evaluated.weight is not null
),

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

-- One indicator of one table, with one target, has one outcome.
told_outcomes as (
    select
        evaluated.document_id,
        evaluated.form,
        evaluated.row_key,
        evaluated.project_name,
        indicators.level3,
        count(*) as rows_told,
        count(distinct replace(indicators.actual, ' ', '')) as outcomes,
        string_agg(distinct replace(indicators.actual, ' ', ''), '、' order by replace(indicators.actual, ' ', '')) as told,
        min(evaluated.page) as page
    from evaluated
    inner join indicators
        on evaluated.document_id = indicators.document_id and evaluated.project_no = indicators.project_no
    where indicators.actual is not null
    group by
        evaluated.document_id, evaluated.form, evaluated.row_key, evaluated.project_name, evaluated.project_no,
        indicators.goal_no, indicators.level3, indicators.target
    having count(*) > 1
),

of_outcomes as (
    select
        document_id, 'R-performance-16' as rule_id, form, row_key, cast(null as varchar) as measure,
        concat_ws('|', row_key, level3) as instance_key, project_name as subject, '分' as value_unit,
        level3 as left_printed, told as right_printed, cast(rows_told as integer) as n_terms,
        case when outcomes > 1 then 'fail' else 'pass' end as status, page
    from told_outcomes
),

-- An indicator of a budget stands in the table of the whole department and in its project's, for the
-- year and for the long term: its values are one. Only a name that one project uses can be followed.
targets as (
    select
        evaluated.document_id,
        evaluated.form,
        evaluated.row_key,
        evaluated.project_name,
        evaluated.project_no,
        all_indicators.horizon,
        replace(replace(all_indicators.level3, ' ', ''), '满意率', '满意度') as indicator,
        values_of.which,
        regexp_replace(values_of.printed, '[ /／]|年$', '', 'g') as value_key,
        values_of.printed,
        all_indicators.page
    from evaluated
    inner join {{ ref('stg_ledger__indicator') }} as all_indicators
        on evaluated.document_id = all_indicators.document_id and evaluated.project_no = all_indicators.project_no
    cross join lateral (
        select unnest(['target', 'year_before', 'two_years_before']) as which,
            unnest([
                all_indicators.target, all_indicators.target_year_before, all_indicators.target_two_years_before
            ]) as printed
    ) as values_of
    where evaluated.source in ('budget_overall', 'budget_form') and nullif(values_of.printed, '') is not null
    qualify count(distinct case when evaluated.form = 'project_performance' then evaluated.project_no end) over (
        partition by evaluated.document_id, indicator
    ) <= 1
),

target_pairs as (
    select
        own.*,
        others.printed as other_printed,
        others.value_key as other_key,
        'forms' as pair
    from targets as own
    inner join targets as others
        on own.document_id = others.document_id
        and own.indicator = others.indicator
        and own.horizon = others.horizon
        and own.which = others.which
    where own.form = 'overall_performance' and others.form = 'project_performance'
    union all
    select own.*, others.printed, others.value_key, 'horizons'
    from targets as own
    inner join targets as others
        on own.document_id = others.document_id
        and own.project_no = others.project_no
        and own.indicator = others.indicator
        and own.which = others.which
    where own.horizon = 'annual' and others.horizon = 'long_term' and own.which = 'target'
),

of_targets as (
    select
        document_id, 'R-performance-17' as rule_id, form, row_key, cast(null as varchar) as measure,
        concat_ws('|', pair, row_key, indicator, horizon, which) as instance_key,
        indicator || case
            when pair = 'horizons' then '（年度与长期）'
            when which = 'year_before' then '（上年）'
            when which = 'two_years_before' then '（前年）'
            else ''
        end as subject,
        '分' as value_unit, printed as left_printed, other_printed as right_printed, 2 as n_terms,
        case when bool_or(value_key = other_key) then 'pass' else 'fail' end as status, min(page) as page
    from target_pairs
    group by document_id, form, row_key, pair, indicator, horizon, which, printed, other_printed
    qualify row_number() over (
        partition by document_id, row_key, pair, indicator, horizon, which order by status desc, printed, other_printed
    ) = 1
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
    select * from of_whole_funds
    union all by name
    select * from of_adjusted_budgets
    union all by name
    select * from of_project_lists
    union all by name
    select * from of_account_counts
    union all by name
    select * from of_totals
    union all by name
    select * from of_stated_rates
    union all by name
    select * from of_splits
    union all by name
    select * from of_lines
    union all by name
    select * from of_compositions
    union all by name
    select * from of_counts
),

all_checks as (
    select * from of_rates
    union all by name
    select * from of_scores
    union all by name
    select * from of_bounds
    union all by name
    select * from of_overruns
    union all by name
    select * from of_missed
    union all by name
    select * from of_funds
    union all by name
    select * from of_project_sums
    union all by name
    select * from of_outcomes
    union all by name
    select * from of_targets
    union all by name
    select * from of_accounts
    union all by name
    select
        * exclude (difference),
        cast(left_value - right_value as decimal(20, 2)) as difference,
        case
            when left_value = right_value then 'pass'
            when abs(left_value - right_value) <= tolerance then 'rounding'
            else 'fail'
        end as status
    from equalities
),

-- A paper may print the same table twice: the second print is told apart by its place.
numbered as (
    select
        *,
        row_number() over (
            partition by document_id, rule_id, instance_key order by page, left_value, right_value
        ) as occurrence
    from all_checks
)

select
    document_id,
    rule_id,
    concat_ws('|', instance_key, case when occurrence > 1 then occurrence end) as instance_key,
    form,
    row_key,
    measure,
    subject,
    left_printed,
    right_printed,
    value_unit,
    cast(left_value as decimal(20, 2)) as left_value,
    cast(right_value as decimal(20, 2)) as right_value,
    cast(difference as decimal(20, 2)) as difference,
    cast(tolerance as decimal(20, 3)) as tolerance,
    n_terms,
    status,
    page
from numbered
