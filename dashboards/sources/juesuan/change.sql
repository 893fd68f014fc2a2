-- optional: a publication may differ in nothing from the one before. One row: what came, went or changed.
with documents as (
    select
        coalesce(now.document_id, before.document_id) as document_id,
        coalesce(now.department_name, before.department_name) as department_name,
        coalesce(now.fiscal_year, before.fiscal_year) as fiscal_year,
        coalesce(now.document_kind, before.document_kind) as document_kind,
        case
            when before.document_id is null then 'document_added'
            when now.document_id is null then 'document_gone'
            when before.is_current and not now.is_current then 'document_superseded'
            when before.grade <> now.grade then 'grade_changed'
        end as change,
        before.grade as previous_grade,
        now.grade
    from marts.dim_document as now
    full outer join previous.marts.dim_document as before on now.document_id = before.document_id
),

findings as (
    select
        coalesce(now.document_id, before.document_id) as document_id,
        case when before.finding_id is null then 'findings_added' else 'findings_gone' end as change,
        cast(count(*) as integer) as finding_count
    from marts.fct_finding as now
    full outer join previous.marts.fct_finding as before on now.finding_id = before.finding_id
    where now.finding_id is null or before.finding_id is null
    group by all
)

select document_id, department_name, fiscal_year, document_kind, change, previous_grade, grade,
    cast(null as integer) as finding_count
from documents
where change is not null
union all by name
select findings.document_id, documents.department_name, documents.fiscal_year, documents.document_kind,
    findings.change, documents.previous_grade, documents.grade, findings.finding_count
from findings
left join documents on findings.document_id = documents.document_id
order by all
