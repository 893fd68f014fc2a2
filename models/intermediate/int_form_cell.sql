-- Grain: one printed amount of a recognised form, in yuan, repaired where the identities single out
-- another reading of its text, plus the block totals derived where a paper prints 人员经费合计 or 公用经费合计 and leaves the amount blank.
with lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('int_printed_cell') }}),

repairs as (select * from {{ ref('int_cell_repair') }}),

-- A repaired figure keeps its printed text. One whose digits belong to its neighbour is none.
printed as (
    select
        cells.* replace (
            case when repairs.document_id is null then cells.amount_cny else repairs.amount_cny end as amount_cny,
            coalesce(repairs.precision_cny, cells.precision_cny) as precision_cny,
            coalesce(repairs.amount, cells.amount) as amount,
            case when repairs.document_id is null then cells.amount_source else 'repaired' end as amount_source,
            coalesce(repairs.repair_note, cells.repair_note) as repair_note
        )
    from cells
    left join repairs using (document_id, form, table_no, row_no, block_no, column_no)
    where repairs.document_id is null or repairs.amount_cny is not null
    union all by name
    select
        lines.document_id,
        lines.form,
        lines.amount_key as row_key,
        lines.parent_key,
        lines.row_role,
        lines.row_name,
        repairs.measure,
        repairs.amount_cny,
        repairs.precision_cny,
        repairs.amount_printed,
        repairs.unit_printed,
        'repaired' as amount_source,
        repairs.repair_note,
        repairs.page,
        repairs.table_no,
        repairs.row_no,
        repairs.column_no,
        repairs.bbox,
        cast(null as decimal(9, 6)) as confidence,
        cast(null as varchar) as reader,
        lines.side,
        lines.classification,
        lines.code,
        lines.resolution,
        repairs.amount,
        repairs.block_no
    from repairs
    inner join lines using (document_id, form, table_no, row_no, block_no)
    where not repairs.is_cell
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
