-- Grain: one body and fiscal year whose paper prints how many staff there are: those in service, not
-- the posts it is granted and not its pensioners. The count is of the day the paper names.
with claims as (
    select * from {{ ref('int_claim') }}
    where section_key = 'staff' and metric = 'count' and unit = '人'
),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

in_service as (
    select
        departments.current_department_id as body_id,
        documents.fiscal_year,
        cast(claims.value as integer) as staff_count,
        claims.document_id,
        claims.page
    from claims
    inner join documents on claims.document_id = documents.document_id
    inner join departments on documents.department_id = departments.department_id
    where regexp_matches(claims.subject, '实有|在职') and not regexp_matches(claims.subject, '退休')
    qualify row_number() over (
        partition by departments.current_department_id, documents.fiscal_year
        order by
            {{ telling_order("'claim'", 'documents') }},
            claims.snippet_offset, claims.value desc
    ) = 1
)

select * from in_service
