{%- set figure = "regexp_extract(X, '^[≥≤>＞<＜]?=?([0-9]+(?:[.][0-9]+)?)', 1)" %}
{%- set unit_of = "regexp_replace(regexp_replace(X, '^[≥≤>＞<＜]?=?[0-9]+(?:[.][0-9]+)?', ''), '[/／].*$', '')" %}
-- Grain: one rule of rates and scores and one performance table: rate = B / A, score = weight x rate, the
-- total, their bounds, and targets that were missed.
with evaluated as (select * from {{ ref('int_performance_project') }}),

indicators as (select * from {{ ref('stg_ledger__indicator') }} where horizon = 'annual'),

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

equalities as (
    select * from of_totals
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
    select * from of_outcomes
    union all by name
    {{- judged_equal('equalities') }}
)

{{- performance_checks('all_checks') }}
