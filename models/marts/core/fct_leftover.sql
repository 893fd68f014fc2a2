-- Grain: one number seen on a page that carries a form and placed in no cell and no claim.
with leftovers as (select * from {{ ref('int_leftover') }}),

final as (
    select
        document_id,
        page,
        text,
        bbox,
        form,
        table_no,
        row_no,
        column_no,
        reason
    from leftovers
)

select * from final
order by document_id, page, table_no, row_no, column_no, bbox, text, reason
