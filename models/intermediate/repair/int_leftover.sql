-- Grain: one number of stg_ledger__leftover that no repair put into its cell.
with leftovers as (select * from {{ ref('stg_ledger__leftover') }}),

repairs as (select * from {{ ref('int_cell_repair') }} where not is_cell)

select leftovers.*
from leftovers
anti join repairs
    on leftovers.document_id = repairs.document_id
    and leftovers.form = repairs.form
    and leftovers.table_no = repairs.table_no
    and leftovers.row_no = repairs.row_no
    and leftovers.column_no = repairs.column_no
