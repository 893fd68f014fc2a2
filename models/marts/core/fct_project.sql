-- Grain: one project as one table or paragraph of a paper tells it (document, project_no).
-- depends_on: {{ ref('int_document') }}
with projects as (select * from {{ ref('stg_ledger__project') }}),

final as (
    select
        document_id,
        project_code,
        project_name,
        {{ to_yuan('budget', 'unit_printed') }} as budget_cny,
        {{ to_yuan('executed', 'unit_printed') }} as executed_cny,
        execution_rate_pct,
        execution_score,
        total_score,
        attributes,
        project_no,
        source,
        execution_weight,
        budget_printed,
        executed_printed,
        unit_printed,
        table_no,
        page
    from projects
)

select * from final
order by document_id, project_no
