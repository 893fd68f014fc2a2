-- Grain: one document in use.
with documents as (select * from {{ ref('int_document') }}),

grades as (select * from {{ ref('int_document_grade') }}),

left_over as (
    select document_id, cast(count(*) as integer) as leftover_count
    from {{ ref('int_leftover') }}
    group by document_id
),

final as (
    select
        documents.document_id,
        documents.sha256,
        documents.file_name,
        documents.source_url,
        documents.document_kind,
        documents.fiscal_year,
        documents.department_id,
        documents.department_name,
        documents.district_code,
        documents.perimeter,
        documents.unit_printed,
        documents.page_count,
        documents.reader,
        grades.grade,
        documents.document_id is not distinct from documents.current_document_id as is_current,
        nullif(documents.current_document_id, documents.document_id) as superseded_by,
        documents.first_loaded_at,
        documents.district_name,
        documents.city_name,
        documents.number_count,
        coalesce(left_over.leftover_count, 0) as leftover_count,
        documents.removed_at
    from documents
    left join grades on documents.document_id = grades.document_id
    left join left_over on documents.document_id = left_over.document_id
)

select * from final
order by document_id
