-- Grain: one pair of departments of one kind in a year and phase, with the verdict on comparing them.
-- A view: pairs grow with the square of the departments, and are asked for few at a time.
{{ config(materialized='view') }}

with years as (select * from {{ ref('mart_department_year') }} where peer_group is not null),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

known as (
    select
        list(reason) filter (where verdict = 'not_comparable') as not_comparable,
        list(reason) filter (where verdict = 'with_care') as with_care
    from {{ ref('dim_comparability_reason') }}
),

sides as (
    select
        years.department_id,
        years.department_name,
        years.peer_group,
        years.fiscal_year,
        years.phase,
        years.perimeter,
        years.cautions,
        departments.body_name,
        districts.level
    from years
    inner join departments on years.department_id = departments.department_id
    left join districts on years.district_code = districts.district_code
),

pairs as (
    select
        own.peer_group,
        own.fiscal_year,
        own.phase,
        own.department_id,
        own.department_name,
        other.department_id as other_department_id,
        other.department_name as other_department_name,
        list_sort(list_distinct(
            own.cautions || other.cautions
            || case when own.perimeter is not distinct from other.perimeter then [] else ['peer_perimeter'] end
            || case when own.level is not distinct from other.level then [] else ['level_differs'] end
            || case when own.body_name is not distinct from other.body_name then [] else ['task_differs'] end
        )) as reasons
    from sides as own
    inner join sides as other
        on own.peer_group = other.peer_group
        and own.fiscal_year = other.fiscal_year
        and own.phase = other.phase
        and own.department_id <> other.department_id
),

final as (
    select
        peer_group,
        fiscal_year,
        phase,
        department_id,
        department_name,
        other_department_id,
        other_department_name,
        case
            when list_has_any(reasons, known.not_comparable) then 'not_comparable'
            when list_has_any(reasons, known.with_care) then 'with_care'
            else 'comparable'
        end as comparability,
        reasons as comparability_reasons
    from pairs
    cross join known
)

select
    peer_group,
    fiscal_year,
    phase,
    department_id,
    department_name,
    other_department_id,
    other_department_name,
    comparability,
    comparability_reasons
from final
