-- Grain: one body, fiscal year, phase and economic code of general public basic expenditure. Classes and
-- items both stand: add up one level only.
with amounts as (select * from {{ ref('int_basic_by_economic') }}),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

economics as (select * from {{ ref('dim_economic') }}),

final as (
    select
        amounts.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        amounts.fiscal_year,
        amounts.phase,
        amounts.economic_code,
        economics.economic_name,
        case length(amounts.economic_code) when 3 then 'class' else 'item' end as level,
        left(amounts.economic_code, 3) as class_code,
        amounts.amount_cny,
        {{ per_cent('amounts.amount_cny', 'amounts.total_cny') }} as share_pct,
        amounts.document_id,
        amounts.row_key,
        amounts.measure
    from amounts
    inner join departments on amounts.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join economics on amounts.economic_code = economics.economic_code
)

select * from final
order by department_id, fiscal_year, phase, economic_code
