-- Grain: one district, fiscal year and phase: the sum over the departments whose papers are here, not
-- the district's budget. A body whose consolidated parent is here is counted in the parent. The change
-- is over the departments that both years tell.
with years as (select * from {{ ref('mart_department_year') }} where district_code is not null),

departments as (select * from {{ ref('dim_department') }}),

department_years as (select * from {{ ref('int_department_year_phase') }}),

counted as (
    select years.*
    from years
    inner join departments on years.department_id = departments.department_id
    left join department_years as parents
        on departments.parent_department_id = parents.body_id
        and years.fiscal_year = parents.fiscal_year
        and years.phase = parents.phase
        and parents.perimeter = 'consolidated'
    where parents.body_id is null
),

summed as (
    select
        district_code,
        district_name,
        fiscal_year,
        phase,
        cast(count(*) as integer) as department_count,
        cast(count(expenditure_change_cny) as integer) as compared_count,
        cast(sum(total_cny) as decimal(20, 2)) as total_cny,
        cast(sum(income_cny) as decimal(20, 2)) as income_cny,
        cast(sum(expenditure_cny) as decimal(20, 2)) as expenditure_cny,
        cast(sum(basic_cny) as decimal(20, 2)) as basic_cny,
        cast(sum(project_cny) as decimal(20, 2)) as project_cny,
        cast(sum(three_public_cny) as decimal(20, 2)) as three_public_cny,
        cast(sum(expenditure_real_cny) as decimal(20, 2)) as expenditure_real_cny,
        cast(sum(expenditure_change_cny) as decimal(20, 2)) as change_cny,
        cast(sum(expenditure_cny - expenditure_change_cny) as decimal(20, 2)) as compared_previous_cny,
        list_sort(list_distinct(flatten(list(document_ids)))) as document_ids,
        list_sort(list_distinct(list(department_id))) as department_ids,
        bool_or(comparability = 'not_comparable') as has_broken_pair,
        bool_or(comparability = 'with_care') as has_doubtful_pair,
        flatten(list(comparability_reasons) filter (where expenditure_change_cny is not null)) as codes
    from counted
    group by district_code, district_name, fiscal_year, phase
),

compared as (
    select
        summed.*,
        coalesce(summed.department_ids <> previous.department_ids, false) as has_other_departments
    from summed
    left join summed as previous
        on summed.district_code = previous.district_code
        and summed.phase = previous.phase
        and summed.fiscal_year = previous.fiscal_year + 1
),

final as (
    select
        district_code,
        district_name,
        fiscal_year,
        phase,
        department_count,
        total_cny,
        income_cny,
        expenditure_cny,
        basic_cny,
        project_cny,
        three_public_cny,
        expenditure_real_cny,
        compared_count,
        change_cny,
        {{ per_cent('change_cny', 'compared_previous_cny') }} as change_pct,
        document_ids,
        case
            when compared_count = 0 then null
            when has_broken_pair then 'not_comparable'
            when has_doubtful_pair or has_other_departments then 'with_care'
            else 'comparable'
        end as comparability,
        case
            when compared_count = 0 then null
            when has_other_departments
                then list_sort(list_distinct(list_append(coalesce(codes, cast([] as varchar[])), 'other_departments')))
            else list_sort(list_distinct(coalesce(codes, cast([] as varchar[]))))
        end as comparability_reasons
    from compared
)

select * from final
order by district_code, fiscal_year, phase
