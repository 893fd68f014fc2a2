-- Grain: one document in use, with the division that its own words name, or none.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

divisions as (select * from {{ ref('int_division') }}),

division_names as (select * from {{ ref('int_division_name') }}),

known_departments as (
    select district_code, department_name from {{ ref('department') }}
    union
    select district_code, alias from {{ ref('department_alias') }}
),

named as (
    select
        document_id,
        coalesce(city_name, '') as printed_city_name,
        {{ bare_department_name('department_name') }} as bare_name
    from documents
),

-- Each name is looked up once, whatever the number of its documents.
names as (select distinct printed_city_name, bare_name from named),

heads as (
    select
        *,
        unnest(range(2, length(bare_name))) as head_length
    from names
),

-- A division counts where it stands at the head of the name; the longest way to write one speaks.
-- 市场 is no city's 市.
matches as (
    select
        heads.printed_city_name,
        heads.bare_name,
        substr(heads.bare_name, heads.head_length + 1) as body_name,
        divisions.*,
        rank() over (
            partition by heads.printed_city_name, heads.bare_name order by heads.head_length desc
        ) as length_rank
    from heads
    inner join division_names on left(heads.bare_name, heads.head_length) = division_names.written
    inner join divisions on division_names.district_code = divisions.district_code
    where not (ends_with(division_names.written, '市') and substr(heads.bare_name, heads.head_length + 1, 1) = '场')
),

-- One name may be several divisions'. The city that the paper names decides, then a known body.
candidates as (
    select
        matches.*,
        case
            when matches.printed_city_name in (matches.city_name, matches.province_name) then 0
            when known_departments.district_code is not null then 1
            else 2
        end as evidence_rank
    from matches
    left join known_departments
        on matches.district_code = known_departments.district_code
        and matches.name_zh || matches.body_name = known_departments.department_name
    where matches.length_rank = 1
),

ranked as (
    select
        *,
        rank() over (partition by printed_city_name, bare_name order by evidence_rank) as candidate_rank
    from candidates
),

decided as (
    select
        printed_city_name,
        bare_name,
        any_value(district_code) as district_code,
        any_value(name_zh || body_name) as own_name,
        any_value(body_name) as body_name
    from ranked
    where candidate_rank = 1
    group by printed_city_name, bare_name
    having count(*) = 1
),

possible as (
    select
        printed_city_name,
        bare_name,
        string_agg(
            concat_ws('', nullif(province_name, name_zh), nullif(nullif(city_name, province_name), name_zh), name_zh),
            '、'
            order by district_code
        ) as candidate_divisions
    from ranked
    where candidate_rank = 1
    group by printed_city_name, bare_name
)

select
    named.document_id,
    named.bare_name,
    decided.district_code,
    coalesce(decided.own_name, named.bare_name) as own_name,
    coalesce(decided.body_name, named.bare_name) as body_name,
    possible.candidate_divisions
from named
left join decided
    on named.printed_city_name = decided.printed_city_name and named.bare_name = decided.bare_name
left join possible
    on named.printed_city_name = possible.printed_city_name and named.bare_name = possible.bare_name
