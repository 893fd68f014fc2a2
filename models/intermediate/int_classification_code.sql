-- Grain: one code of one classification, known to the reference or met in a paper.
with reference as (select * from {{ ref('int_code_reference') }}),

lines as (select * from {{ ref('int_form_line') }} where code is not null),

known as (
    select classification, code, name_zh, level, parent_code, evidence, first_year, last_year
    from reference
    where is_current
),

former_names as (
    select classification, code, string_agg(name_zh, '; ' order by last_year desc, name_zh) as former_names
    from reference
    where not is_current
    group by classification, code
),

-- A well-formed code the reference does not know stands as printed, under its commonest name.
met as (
    select
        lines.classification,
        lines.code,
        coalesce(mode(lines.row_name order by lines.row_name), lines.code) as name_zh,
        case length(lines.code) when 3 then 'class' when 5 then 'group' else 'item' end as level,
        case when length(lines.code) > 3 then left(lines.code, length(lines.code) - 2) end as parent_code,
        'observed' as evidence,
        cast(null as integer) as first_year,
        cast(null as integer) as last_year
    from lines
    left join known on lines.classification = known.classification and lines.code = known.code
    where known.code is null
    group by lines.classification, lines.code
),

all_codes as (
    select * from known
    union all by name
    select * from met
),

final as (
    select
        all_codes.classification,
        all_codes.code,
        all_codes.name_zh,
        all_codes.level,
        all_codes.parent_code,
        left(all_codes.code, 3) as class_code,
        former_names.former_names,
        all_codes.evidence,
        all_codes.first_year,
        all_codes.last_year
    from all_codes
    left join former_names
        on all_codes.classification = former_names.classification and all_codes.code = former_names.code
)

select * from final
order by classification, code
