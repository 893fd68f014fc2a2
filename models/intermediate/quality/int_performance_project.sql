{%- set places = "length(rtrim(split_part(cast(X as varchar), '.', 2), '0'))" %}
{%- set half_of = "cast(0.5 * " ~ decimal_place(places) ~ " as decimal(14, 7))" %}
-- Grain: one table of a project, or of the whole department, as the performance rules compare it: money in
-- yuan, each figure with half a unit of its last place. A rate or a score is as exact as the places it keeps.
-- depends_on: {{ ref('int_document') }}
with projects as (select * from {{ ref('stg_ledger__project') }}),

final as (
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
)

select * from final
