-- Grain: one printed row that carries a figure of a form: its cells from left to right as the page has them.
with cells as (select * from {{ ref('fct_table_cell') }}),

figures as (
    select distinct document_id, page, table_no, row_no
    from {{ ref('fct_form_cell') }}
    where row_no is not null
),

final as (
    select
        document_id,
        cells.page,
        cells.table_no,
        cells.row_no,
        string_agg(cells.text, ' | ' order by cells.column_no) as text
    from cells
    inner join figures using (document_id, table_no, row_no, page)
    group by document_id, cells.page, cells.table_no, cells.row_no
)

select * from final
order by document_id, page, table_no, row_no
