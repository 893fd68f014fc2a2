-- Grain: one body, fiscal year and phase of which a figure is told: the papers behind it and what is to
-- be known of them before it is compared.
with figures as (
    select * from {{ ref('int_figure_candidate') }} where is_preferred and body_id is not null
),

grades as (select * from {{ ref('int_document_grade') }}),

-- A total says more of how the year is told than an item, and that more than other figures.
weighed as (
    select
        *,
        case
            when statement in ('expenditure', 'balance') and nature = 'total' and function_code = 'total' then 0
            when statement = 'expenditure' then 10
            else 20
        end + case source when 'form' then 0 when 'claim' then 1 else 2 end as weight
    from figures
),

final as (
    select
        weighed.body_id,
        weighed.fiscal_year,
        weighed.phase,
        min_by(weighed.source, weighed.weight) as best_source,
        list_sort(list_distinct(list(weighed.document_id))) as document_ids,
        list_sort(list_distinct(list(weighed.department_id))) as department_ids,
        list_sort(list_distinct(list(weighed.document_kind))) as document_kinds,
        list_sort(list_distinct(list(weighed.perimeter))) as perimeters,
        bool_or(grades.publisher_errors > 0) as has_publisher_errors,
        bool_or(grades.extraction_errors > 0) as has_extraction_errors,
        bool_or(grades.coverage_errors > 0) as has_missing_forms
    from weighed
    left join grades on weighed.document_id = grades.document_id
    group by weighed.body_id, weighed.fiscal_year, weighed.phase
)

select * from final
