-- Grain: one indicator of a budget and one value of it that the paper prints in two places: in the table of
-- the whole department and in its project's, for the year and for the long term.
with evaluated as (select * from {{ ref('int_performance_project') }}),

indicators as (select * from {{ ref('stg_ledger__indicator') }}),

-- An indicator of a budget stands in the table of the whole department and in its project's, for the
-- year and for the long term: its values are one. Only a name that one project uses can be followed.
values_of_indicators as (
    select
        evaluated.document_id,
        evaluated.form,
        evaluated.row_key,
        evaluated.project_name,
        evaluated.project_no,
        indicators.horizon,
        replace(replace(indicators.level3, ' ', ''), '满意率', '满意度') as indicator,
        unnest(['target', 'year_before', 'two_years_before']) as which,
        unnest([
            indicators.target, indicators.target_year_before, indicators.target_two_years_before
        ]) as printed,
        indicators.page
    from evaluated
    inner join indicators
        on evaluated.document_id = indicators.document_id and evaluated.project_no = indicators.project_no
    where evaluated.source in ('budget_overall', 'budget_form')
),

targets as (
    select
        *,
        regexp_replace(printed, '[ /／]|年$', '', 'g') as value_key
    from values_of_indicators
    where nullif(printed, '') is not null
    qualify count(distinct case when form = 'project_performance' then project_no end) over (
        partition by document_id, indicator
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
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    subject,
    left_printed,
    right_printed,
    value_unit,
    n_terms,
    status,
    page
from of_targets
