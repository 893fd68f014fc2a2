-- Grain: one printed amount of a recognised form, in yuan, as it was read: before any repair by the
-- identities.
with lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('stg_ledger__form_cell') }})

select
    lines.document_id,
    lines.form,
    lines.amount_key as row_key,
    lines.parent_key,
    lines.row_role,
    lines.row_name,
    -- Two columns that the paper heads alike stay apart.
    cells.measure || case
        when row_number() over same_measure > 1 then '#' || row_number() over same_measure
        else ''
    end as measure,
    {{ to_yuan('cells.amount', 'cells.unit_printed') }} as amount_cny,
    {{ precision_in_yuan('cells.decimals', 'cells.unit_printed') }} as precision_cny,
    cells.amount_printed,
    cells.unit_printed,
    cells.amount_source,
    cells.repair_note,
    cells.page,
    cells.table_no,
    cells.row_no,
    cells.column_no,
    cells.bbox,
    cast(cells.confidence as decimal(9, 6)) as confidence,
    cells.reader,
    lines.side,
    lines.classification,
    lines.code,
    lines.resolution,
    cells.amount,
    cells.block_no
from cells
inner join lines using (document_id, form, table_no, row_no, block_no)
window same_measure as (
    partition by lines.document_id, lines.form, lines.amount_key, cells.measure
    order by cells.column_no
)
