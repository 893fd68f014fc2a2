-- Grain: one name of a body in its division that stands in another spelling too. Over all papers: a body that
-- is spelled like one of these may be another, whose papers are not computed again with it.
with documents as (select * from {{ ref('int_document') }} where department_name is not null),

known_departments as (select * from {{ ref('department') }}),

divisions as (select * from {{ ref('int_division') }}),

lineage as (select * from {{ ref('department_lineage') }}),

spelled as (
    select district_code, resolved_department_name as department_name, name_spelling as spelling
    from documents
    where district_code is not null
    union
    select
        known_departments.district_code,
        known_departments.department_name,
        {{ spelling_key('known_departments.department_name', 'divisions.name_zh') }}
    from known_departments
    inner join divisions on known_departments.district_code = divisions.district_code
),

-- Bodies that follow one another by a recorded event are told apart already.
followed as (
    select district_code, department_name, related_name from lineage
    union
    select district_code, related_name, department_name from lineage
),

final as (
    select
        own.district_code,
        own.department_name,
        string_agg(other.department_name, '、' order by other.department_name) as other_names
    from spelled as own
    inner join spelled as other
        on own.district_code = other.district_code
        and own.spelling = other.spelling
        and own.department_name <> other.department_name
    anti join followed
        on own.district_code = followed.district_code
        and own.department_name = followed.department_name
        and other.department_name = followed.related_name
    group by own.district_code, own.department_name
)

select * from final
