-- Grain: one document in use and one question about the body that speaks: is its division settled
-- (R-identity-01), and does its name stand in another spelling too (R-identity-02).
with documents as (select * from {{ ref('int_document') }} where department_name is not null),

known_departments as (select * from {{ ref('department') }}),

divisions as (select * from {{ ref('int_division') }}),

lineage as (select * from {{ ref('department_lineage') }}),

places as (select * from {{ ref('int_document_division') }}),

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

other_spellings as (
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
),

settled as (
    select
        documents.document_id,
        'R-identity-01' as rule_id,
        case when documents.district_code is null then 'fail' else 'pass' end as status,
        documents.department_name as left_text,
        places.candidate_divisions as right_text
    from documents
    inner join places on documents.document_id = places.document_id
),

spelled_alike as (
    select
        documents.document_id,
        'R-identity-02' as rule_id,
        case when other_spellings.other_names is null then 'pass' else 'fail' end as status,
        documents.resolved_department_name as left_text,
        other_spellings.other_names as right_text
    from documents
    left join other_spellings
        on documents.district_code = other_spellings.district_code
        and documents.resolved_department_name = other_spellings.department_name
    where documents.district_code is not null
),

checks as (
    select * from settled
    union all by name
    select * from spelled_alike
)

select
    document_id,
    rule_id,
    'department_name' as instance_key,
    1 as n_terms,
    status,
    false as is_extraction,
    left_text,
    right_text,
    1 as page
from checks
