-- Grain: one document in use and one question about the body that speaks: is its division settled
-- (R-identity-01), and does its name stand in another spelling too (R-identity-02).
with documents as (select * from {{ ref('int_document') }} where department_name is not null),

places as (select * from {{ ref('int_document_division') }}),

other_spellings as (select * from {{ ref('int_other_spelling') }}),

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
