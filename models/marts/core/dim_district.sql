-- Grain: one administrative division or functional zone, in force or given up.
with divisions as (select * from {{ ref('int_division') }}),

final as (
    select
        district_code,
        name_zh as district_name,
        level,
        city_code,
        city_name,
        province_code,
        province_name,
        valid_from,
        valid_to,
        successor_code,
        other_names,
        source
    from divisions
)

select * from final
order by district_code
