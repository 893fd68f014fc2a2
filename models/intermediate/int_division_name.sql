-- Grain: one way to write a division at the head of a body's name: alone, or behind its city and province.
with divisions as (select * from {{ ref('int_division') }}),

-- A code that was replaced stands for the code that carries its name on.
own_names as (
    select
        coalesce(successors.district_code, divisions.district_code) as district_code,
        divisions.level,
        unnest(list_prepend(divisions.name_zh, string_split(coalesce(divisions.other_names, ''), '、'))) as name,
        divisions.city_code,
        divisions.province_code,
        divisions.city_name
    from divisions
    left join divisions as successors
        on divisions.successor_code = successors.district_code
        and divisions.name_zh = successors.name_zh
),

-- A zone that bears its city's name is also written behind the city's full name: 武汉市东湖新技术开发区.
written_names as (
    select
        *,
        -- 城区, 郊区 and 矿区 mean a place only behind their city.
        length(name) = 2 and ends_with(name, '区') as needs_city
    from own_names
    where name <> ''
    union all
    select
        district_code,
        level,
        substr(name, length({{ short_place_name('city_name') }}) + 1) as name,
        city_code,
        province_code,
        city_name,
        true as needs_city
    from own_names
    where level = 'zone'
        and starts_with(name, {{ short_place_name('city_name') }})
        and not starts_with(name, city_name)
),

place_names as (
    select distinct district_code, name from own_names where level in ('province', 'city') and name <> ''
    union
    select distinct district_code, {{ short_place_name('name') }}
    from own_names
    where level in ('province', 'city') and name <> ''
),

behind_city as (
    select written_names.*, place_names.name as front
    from written_names
    inner join place_names on written_names.city_code = place_names.district_code
    where written_names.level in ('district', 'zone')
),

fronted as (
    select district_code, level, province_code, '' as front, name from written_names where not needs_city
    union all
    select district_code, level, province_code, front, name from behind_city
    union all
    select behind_city.district_code, behind_city.level, behind_city.province_code,
        place_names.name || behind_city.front as front, behind_city.name
    from behind_city
    inner join place_names on behind_city.province_code = place_names.district_code
    where behind_city.city_code <> behind_city.province_code
    union all
    select written_names.district_code, written_names.level, written_names.province_code,
        place_names.name as front, written_names.name
    from written_names
    inner join place_names on written_names.province_code = place_names.district_code
    where not written_names.needs_city
        and written_names.level <> 'province'
)

select distinct front || name as written, district_code
from fronted
