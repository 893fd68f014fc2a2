-- Grain: one pair of figures of one body: two years in one phase, or two phases of one year, with the
-- verdict on comparing them.
with comparability as (select * from {{ ref('int_comparability') }}),

departments as (select * from {{ ref('dim_department') }}),

final as (
    select
        comparability.body_id as department_id,
        departments.department_name,
        comparability.fiscal_year,
        comparability.phase,
        comparability.other_fiscal_year,
        comparability.other_phase,
        comparability.verdict as comparability,
        comparability.reasons as comparability_reasons
    from comparability
    inner join departments on comparability.body_id = departments.department_id
)

select * from final
order by department_id, fiscal_year, phase, other_fiscal_year, other_phase
