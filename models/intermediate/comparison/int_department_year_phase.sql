-- Grain: one body, fiscal year and phase of which a total is told: the papers behind it and what is to
-- be known of them before it is compared.
with figures as (
    select * from {{ ref('int_figure_candidate') }} where is_preferred and body_id is not null
),

grades as (select * from {{ ref('int_document_grade') }}),

totals as (
    select *
    from figures
    where statement in ('expenditure', 'balance') and nature = 'total' and function_code = 'total'
),

final as (
    select
        totals.body_id,
        totals.fiscal_year,
        totals.phase,
        min_by(
            totals.source,
            case totals.source when 'form' then 0 when 'claim' then 1 else 2 end
        ) as best_source,
        list_sort(list_distinct(list(totals.document_id))) as document_ids,
        list_sort(list_distinct(list(totals.department_id))) as department_ids,
        list_sort(list_distinct(list(totals.document_kind))) as document_kinds,
        list_sort(list_distinct(list(totals.perimeter))) as perimeters,
        bool_or(grades.publisher_errors > 0) as has_publisher_errors,
        bool_or(grades.extraction_errors > 0) as has_extraction_errors,
        bool_or(grades.coverage_errors > 0) as has_missing_forms
    from totals
    left join grades on totals.document_id = grades.document_id
    group by totals.body_id, totals.fiscal_year, totals.phase
)

select * from final
