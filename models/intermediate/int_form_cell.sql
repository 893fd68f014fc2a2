-- Grain: one printed amount of a recognised form, in yuan, plus the block totals derived where a
-- paper prints 人员经费合计 or 公用经费合计 and leaves the amount blank.
with lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('stg_ledger__form_cell') }}),

printed as (
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
),

block_total_lines as (
    select lines.*
    from lines
    left join printed
        on lines.document_id = printed.document_id
        and lines.form = printed.form
        and lines.row_key = printed.row_key
    where lines.row_role = 'block_total' and printed.row_key is null
),

block_classes as (
    select unnest(['301', '303']) as code, 'personnel_total' as row_key
    union all
    select unnest(['302', '307', '309', '310', '311', '312', '313', '399']), 'public_total'
),

-- A sum carries the imprecision of each of its terms.
derived as (
    select
        block_total_lines.document_id,
        block_total_lines.form,
        block_total_lines.row_key,
        block_total_lines.parent_key,
        block_total_lines.row_role,
        block_total_lines.row_name,
        printed.measure,
        cast(sum(printed.amount_cny) as decimal(20, 2)) as amount_cny,
        cast(sum(printed.precision_cny) as decimal(20, 2)) as precision_cny,
        cast(null as varchar) as amount_printed,
        min(printed.unit_printed) as unit_printed,
        'derived' as amount_source,
        'sum of ' || string_agg(printed.row_key, ', ' order by printed.row_key) as repair_note,
        block_total_lines.page,
        block_total_lines.table_no,
        block_total_lines.row_no,
        cast(null as integer) as column_no,
        cast(null as varchar) as bbox,
        cast(null as decimal(9, 6)) as confidence,
        cast(null as varchar) as reader,
        block_total_lines.side,
        block_total_lines.classification,
        block_total_lines.code,
        block_total_lines.resolution,
        cast(sum(printed.amount) as decimal(24, 6)) as amount,
        block_total_lines.block_no
    from block_total_lines
    inner join block_classes on block_total_lines.row_key = block_classes.row_key
    inner join printed
        on block_total_lines.document_id = printed.document_id
        and block_total_lines.form = printed.form
        and block_classes.code = printed.row_key
    group by all
),

all_cells as (
    select * from printed
    union all by name
    select * from derived
)

select * from all_cells
