-- Grain: one line of a project's money: a source of funding, an item of spending or of procurement.
-- depends_on: {{ ref('int_document') }}
with lines as (select * from {{ ref('stg_ledger__project_line') }}),

projects as (select * from {{ ref('stg_ledger__project') }}),

final as (
    select
        lines.document_id,
        projects.project_name,
        lines.line_kind,
        lines.item_name,
        {{ to_yuan('lines.amount', 'lines.unit_printed') }} as amount_cny,
        lines.year,
        lines.description,
        lines.economic_name,
        lines.quantity,
        lines.amount_printed,
        lines.unit_printed,
        lines.project_no,
        lines.line_no,
        lines.page
    from lines
    left join projects
        on lines.document_id = projects.document_id
        and lines.project_no = projects.project_no
)

select * from final
order by document_id, project_no, line_kind, line_no
