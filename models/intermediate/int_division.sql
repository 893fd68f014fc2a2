-- Grain: one administrative division or functional zone, with the names of its city and province.
with districts as (select * from {{ ref('district') }}),

zones as (select * from {{ ref('functional_zone') }}),

divisions as (
    select
        district_code,
        name_zh,
        level,
        city_code,
        province_code,
        valid_from,
        valid_to,
        successor_code,
        other_names,
        source
    from districts
    union all by name
    select
        district_code,
        name_zh,
        'zone' as level,
        city_code,
        left(city_code, 2) || '0000' as province_code,
        other_names,
        source
    from zones
)

select
    divisions.district_code,
    divisions.name_zh,
    divisions.level,
    divisions.city_code,
    cities.name_zh as city_name,
    divisions.province_code,
    provinces.name_zh as province_name,
    divisions.valid_from,
    divisions.valid_to,
    divisions.successor_code,
    divisions.other_names,
    divisions.source
from divisions
left join districts as cities on divisions.city_code = cities.district_code
left join districts as provinces on divisions.province_code = provinces.district_code
