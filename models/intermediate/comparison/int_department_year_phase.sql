-- Grain: one body, fiscal year and phase of which a figure is told: the paper that speaks for it, the
-- name the body then bore, and what is to be known of its papers before it is compared.
with figures as (
    select * from {{ ref('int_figure_candidate') }} where is_preferred and body_id is not null
),

departments as (select * from {{ ref('dim_department') }}),

divisions as (select * from {{ ref('int_division') }}),

grades as (select * from {{ ref('int_document_grade') }}),

-- A total says more of how the year is told than an item, and that more than other figures.
weighed as (
    select
        *,
        (
            case
                when statement in ('expenditure', 'balance') and nature = 'total' and function_code = 'total' then 0
                when statement = 'expenditure' then 10
                else 20
            end + case source when 'form' then 0 when 'claim' then 1 else 2 end,
            document_id,
            figure_id
        ) as weight
    from figures
),

told as (
    select
        weighed.body_id,
        weighed.fiscal_year,
        weighed.phase,
        min_by(weighed.source, weighed.weight) as source,
        min_by(weighed.precision_cny, weighed.weight) as precision_cny,
        min_by(weighed.document_id, weighed.weight) as document_id,
        min_by(weighed.document_kind, weighed.weight) as document_kind,
        min_by(weighed.perimeter, weighed.weight) as perimeter,
        min_by(weighed.department_id, weighed.weight) as paper_department_id,
        coalesce(bool_or(grades.publisher_errors > 0), false) as has_publisher_errors,
        coalesce(bool_or(grades.extraction_errors > 0), false) as has_extraction_errors,
        coalesce(bool_or(grades.coverage_errors > 0), false) as has_missing_forms
    from weighed
    left join grades on weighed.document_id = grades.document_id
    group by weighed.body_id, weighed.fiscal_year, weighed.phase
),

-- A later paper may tell a year in which the body had another name.
named as (
    select
        told.*,
        departments.department_id,
        departments.district_code,
        departments.body_name,
        departments.valid_from,
        departments.valid_to
    from told
    inner join departments on told.body_id = departments.current_department_id
    qualify row_number() over (
        partition by told.body_id, told.fiscal_year, told.phase
        order by
            coalesce(year(departments.valid_from), 0) <= told.fiscal_year
                and coalesce(year(departments.valid_to), 9999) >= told.fiscal_year desc,
            departments.department_id = told.paper_department_id desc,
            departments.department_id
    ) = 1
),

final as (
    select
        named.body_id,
        named.fiscal_year,
        named.phase,
        named.department_id,
        named.body_name,
        named.valid_from,
        named.valid_to,
        divisions.level,
        named.document_id,
        named.document_kind,
        named.perimeter,
        named.source,
        named.precision_cny,
        named.has_publisher_errors,
        named.has_extraction_errors,
        named.has_missing_forms
    from named
    left join divisions on named.district_code = divisions.district_code
)

select * from final
