-- Grain: one administrative division.
with districts as (select * from {{ ref('district') }}),

final as (
    select
        districts.district_code,
        districts.name_zh as district_name,
        districts.level,
        districts.city_code,
        cities.name_zh as city_name,
        districts.province_code,
        provinces.name_zh as province_name
    from districts
    left join districts as cities on districts.city_code = cities.district_code
    left join districts as provinces on districts.province_code = provinces.district_code
)

select * from final
order by district_code
