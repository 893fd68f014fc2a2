-- Grain: one performance indicator of one project of a paper (document, project_no, indicator_no).
-- depends_on: {{ ref('int_document') }}
with indicators as (select * from {{ ref('stg_ledger__indicator') }}),

projects as (select * from {{ ref('stg_ledger__project') }}),

final as (
    select
        indicators.document_id,
        projects.project_name,
        indicators.horizon,
        indicators.goal_no,
        indicators.level1,
        indicators.level2,
        indicators.level3,
        indicators.target,
        indicators.actual,
        indicators.score,
        indicators.target_two_years_before,
        indicators.target_year_before,
        indicators.basis,
        indicators.project_no,
        indicators.indicator_no,
        indicators.table_no,
        indicators.row_no,
        indicators.page
    from indicators
    left join projects
        on indicators.document_id = projects.document_id
        and indicators.project_no = projects.project_no
)

select * from final
order by document_id, project_no, indicator_no
