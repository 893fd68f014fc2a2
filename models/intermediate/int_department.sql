-- Grain: one body, known by evidence (seed) or registered by a paper of its own, with its type.
with known as (select * from {{ ref('department') }}),

documents as (select * from {{ ref('int_document') }} where department_id is not null),

divisions as (select * from {{ ref('int_division') }}),

types as (select * from {{ ref('department_type') }}),

from_seed as (
    select
        {{ department_key('district_code', 'department_name') }} as department_id,
        department_name,
        district_code,
        department_type,
        valid_from,
        valid_to,
        'known' as evidence,
        source
    from known
),

from_papers as (
    select
        documents.department_id,
        min(documents.resolved_department_name) as department_name,
        min(documents.district_code) as district_code,
        'paper' as evidence,
        'document ' || min(documents.document_id) as source
    from documents
    left join from_seed on documents.department_id = from_seed.department_id
    where from_seed.department_id is null
    group by documents.department_id
),

departments as (
    select * from from_seed
    union all by name
    select * from from_papers
),

named as (
    select
        departments.*,
        case
            when
                starts_with(departments.department_name, divisions.name_zh)
                and departments.department_name <> divisions.name_zh
                then substr(departments.department_name, length(divisions.name_zh) + 1)
            else departments.department_name
        end as body_name
    from departments
    left join divisions on departments.district_code = divisions.district_code
),

-- Each distinct name meets the patterns once.
typed as (
    select body_names.body_name, min_by(types.department_type, types.type_order) as department_type
    from (select distinct body_name from named) as body_names
    inner join types on regexp_matches(body_names.body_name, types.pattern)
    group by body_names.body_name
)

select
    named.department_id,
    named.department_name,
    named.body_name,
    named.district_code,
    coalesce(named.department_type, typed.department_type) as department_type,
    named.valid_from,
    named.valid_to,
    named.evidence,
    named.source
from named
left join typed on named.body_name = typed.body_name
