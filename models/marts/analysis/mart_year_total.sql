-- Grain: one fiscal year and phase: the sum over the districts whose papers are here, never a city's or
-- the country's budget, with the number of departments behind it.
with district_years as (select * from {{ ref('mart_district_year') }}),

final as (
    select
        fiscal_year,
        phase,
        cast(count(*) as integer) as district_count,
        cast(sum(department_count) as integer) as department_count,
        cast(sum(total_cny) as decimal(20, 2)) as total_cny,
        cast(sum(expenditure_cny) as decimal(20, 2)) as expenditure_cny,
        cast(sum(basic_cny) as decimal(20, 2)) as basic_cny,
        cast(sum(project_cny) as decimal(20, 2)) as project_cny,
        cast(sum(three_public_cny) as decimal(20, 2)) as three_public_cny
    from district_years
    group by fiscal_year, phase
)

select * from final
order by fiscal_year, phase
