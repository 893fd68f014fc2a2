-- Grain: one document in use, with its district and its department resolved from the paper's words.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

districts as (select * from {{ ref('district') }}),

known_departments as (select * from {{ ref('department') }}),

aliases as (select * from {{ ref('department_alias') }}),

divisions as (
    select
        districts.district_code,
        districts.name_zh,
        districts.level,
        cities.name_zh as city_name_zh,
        provinces.name_zh as province_name_zh
    from districts
    left join districts as cities on districts.city_code = cities.district_code
    left join districts as provinces
        on coalesce(districts.province_code, districts.district_code) = provinces.district_code
),

named as (
    select
        *,
        {{ bare_department_name('department_name') }} as bare_name
    from documents
),

-- A district's name may stand in several cities: the city the paper names decides, then a body of
-- that name known in one of them, else the name must be the only one of its kind.
candidates as (
    select
        named.document_id,
        divisions.*,
        case divisions.level when 'district' then 0 when 'city' then 1 else 2 end as level_rank,
        case
            when divisions.level <> 'district' then 0
            when named.city_name = divisions.city_name_zh then 0
            when contains(named.bare_name, divisions.city_name_zh) then 0
            when exists (
                select 1 from known_departments
                where known_departments.district_code = divisions.district_code
                    and ends_with(named.bare_name, known_departments.department_name)
            ) then 1
            else 2
        end as evidence_rank
    from named
    inner join divisions
        on (
            divisions.level = 'district'
            and (divisions.name_zh = named.district_name or contains(named.bare_name, divisions.name_zh))
            and (named.city_name is null or named.city_name = divisions.city_name_zh)
        )
        or (
            divisions.level = 'city'
            and named.district_name is null
            and (divisions.name_zh = named.city_name or starts_with(named.bare_name, divisions.name_zh))
        )
        or (
            divisions.level = 'province'
            and named.district_name is null
            and named.city_name is null
            and starts_with(named.bare_name, divisions.name_zh)
        )
),

ranked as (
    select
        *,
        rank() over (partition by document_id order by level_rank, evidence_rank) as division_rank
    from candidates
),

only_division as (
    select
        document_id,
        min(district_code) as district_code
    from ranked
    where division_rank = 1
    group by document_id
    having count(*) = 1
),

-- The name as the seeds write it: the body's own division in front, larger ones left out.
placed as (
    select
        named.*,
        only_division.district_code,
        case
            when divisions.district_code is null then named.bare_name
            else divisions.name_zh || regexp_replace(
                named.bare_name,
                '^(' || concat_ws('|', divisions.province_name_zh, divisions.city_name_zh, divisions.name_zh) || ')*',
                ''
            )
        end as own_name
    from named
    left join only_division on named.document_id = only_division.document_id
    left join divisions on only_division.district_code = divisions.district_code
),

identified as (
    select
        placed.*,
        coalesce(aliases.department_name, placed.own_name) as resolved_department_name
    from placed
    left join aliases
        on placed.district_code = aliases.district_code
        and aliases.alias in (placed.own_name, placed.bare_name)
),

keyed as (
    select
        *,
        case when resolved_department_name is not null
            then {{ department_key('district_code', 'resolved_department_name') }}
        end as department_id
    from identified
),

-- A later paper of the same body, kind, year and perimeter takes the place of an earlier one.
versioned as (
    select
        *,
        case when department_id is not null and fiscal_year is not null
            then first_value(document_id) over (
                partition by department_id, document_kind, fiscal_year, perimeter
                order by first_loaded_at desc, sha256 desc
            )
            else document_id
        end as current_document_id
    from keyed
)

select * from versioned
