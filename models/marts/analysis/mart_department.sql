-- Grain: one body under its present name: where it is, what it was called, what is here of it and how
-- its papers were graded. A body that is only named in another one's lineage has no documents.
with departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

peers as (select * from {{ ref('int_peer_group') }}),

documents as (select * from {{ ref('dim_document') }}),

grades as (select * from {{ ref('mart_document_grade') }}),

years as (select * from {{ ref('mart_department_year') }}),

bodies as (select * from departments where department_id = current_department_id),

names as (
    select
        current_department_id as body_id,
        string_agg(department_name, '、' order by valid_from nulls first, department_name) as former_names
    from departments
    where department_id <> current_department_id
    group by current_department_id
),

papers as (
    select
        departments.current_department_id as body_id,
        cast(count(*) as integer) as document_count,
        cast(sum(grades.publisher_errors) as integer) as publisher_errors,
        cast(sum(grades.extraction_errors) as integer) as extraction_errors,
        cast(sum(grades.suspicious) as integer) as suspicious,
        max(documents.grade) as worst_grade
    from documents
    inner join departments on documents.department_id = departments.department_id
    left join grades on documents.document_id = grades.document_id
    where documents.is_current
    group by departments.current_department_id
),

told as (
    select
        department_id as body_id,
        min(fiscal_year) as first_year,
        max(fiscal_year) as last_year
    from years
    group by department_id
),

final as (
    select
        bodies.department_id,
        bodies.department_name,
        bodies.department_type,
        bodies.district_code,
        districts.district_name,
        districts.city_name,
        districts.province_name,
        peers.peer_group,
        peers.peer_group_name,
        bodies.valid_from,
        bodies.valid_to,
        names.former_names,
        told.first_year,
        told.last_year,
        coalesce(papers.document_count, 0) as document_count,
        papers.worst_grade,
        coalesce(papers.publisher_errors, 0) as publisher_errors,
        coalesce(papers.extraction_errors, 0) as extraction_errors,
        coalesce(papers.suspicious, 0) as suspicious
    from bodies
    left join districts on bodies.district_code = districts.district_code
    left join peers on bodies.department_id = peers.department_id
    left join names on bodies.department_id = names.body_id
    left join papers on bodies.department_id = papers.body_id
    left join told on bodies.department_id = told.body_id
)

select * from final
order by district_code, department_name, department_id
