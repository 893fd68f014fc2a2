-- Rows of dim_document by department_id.
select
    document.document_id,
    document.sha256,
    document.file_name,
    document.source_url,
    document.document_kind,
    document.fiscal_year,
    department.current_department_id as department_id,
    document.department_name,
    document.district_code,
    document.district_name,
    document.perimeter,
    document.unit_printed,
    document.page_count,
    document.reader,
    document.grade,
    document.is_current,
    cast(document.first_loaded_at as varchar) as first_loaded_at,
    document.number_count,
    document.leftover_count,
    grade.publisher_errors,
    grade.extraction_errors,
    grade.suspicious,
    grade.roundings,
    grade.checks,
    grade.checks_met
from marts.dim_document as document
left join marts.dim_department as department on document.department_id = department.department_id
left join marts.mart_document_grade as grade on document.document_id = grade.document_id
order by department.current_department_id, document.fiscal_year, document.document_kind, document.document_id
