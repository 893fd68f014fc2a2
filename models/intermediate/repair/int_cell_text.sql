-- Grain: one place of a form's row where digits are printed and one measure they may tell: a cell, or a
-- leftover in a column in which other rows print a measure that its own row lacks. With the decimals
-- that nearly all amounts of the form print.
{%- set bare = "regexp_replace(translate(X, '，．−－﹣', ',.---'), '[\\s　]+', '', 'g')" %}
with cells as (select * from {{ ref('int_printed_cell') }}),

leftovers as (select * from {{ ref('stg_ledger__leftover') }} where form is not null and column_no is not null),

lines as (select * from {{ ref('int_form_line') }}),

-- Decimals that nearly all amounts of the form print; a nought is often printed without.
decimals_of_forms as (
    select
        document_id,
        form,
        decimals,
        count(*) as cell_count,
        sum(count(*)) over (partition by document_id, form) as form_count
    from (
        select document_id, form, length(regexp_extract(amount_printed, '[.]\s*([0-9]+)\s*$', 1)) as decimals
        from cells
        where amount <> 0
    )
    group by document_id, form, decimals
    qualify decimals > 0 and cell_count >= 0.8 * form_count
),

-- Which measures stand in a column of a form; where it runs over several pages, on any of them.
columns_of_forms as (
    select
        document_id,
        form,
        block_no,
        column_no,
        measure,
        min(unit_printed) as unit_printed,
        bool_or(coalesce(reader = 'scan', false)) as is_recognised
    from cells
    group by all
),

of_cells as (
    select
        cells.document_id,
        cells.form,
        cells.table_no,
        cells.row_no,
        cells.block_no,
        cells.column_no,
        cells.row_key,
        cells.measure,
        cells.amount_printed,
        {{ bare | replace('X', 'cells.amount_printed') }} as bare_text,
        cells.unit_printed,
        cells.amount,
        cells.amount_cny,
        cells.precision_cny,
        coalesce(cells.confidence < 1, false) or coalesce(cells.reader = 'scan', false) as is_recognised,
        true as is_cell,
        cells.page,
        cells.bbox
    from cells
),

of_leftovers as (
    select
        leftovers.document_id,
        leftovers.form,
        leftovers.table_no,
        leftovers.row_no,
        columns_of_forms.block_no,
        leftovers.column_no,
        lines.amount_key as row_key,
        columns_of_forms.measure,
        min(leftovers.text) as amount_printed,
        {{ bare | replace('X', 'min(leftovers.text)') }} as bare_text,
        columns_of_forms.unit_printed,
        cast(null as decimal(24, 6)) as amount,
        cast(null as decimal(20, 2)) as amount_cny,
        cast(null as decimal(20, 2)) as precision_cny,
        columns_of_forms.is_recognised,
        false as is_cell,
        min(leftovers.page) as page,
        min(leftovers.bbox) as bbox
    from leftovers
    inner join columns_of_forms using (document_id, form, column_no)
    inner join lines
        on leftovers.document_id = lines.document_id
        and leftovers.form = lines.form
        and leftovers.table_no = lines.table_no
        and leftovers.row_no = lines.row_no
        and columns_of_forms.block_no = lines.block_no
    anti join cells
        on leftovers.document_id = cells.document_id
        and leftovers.form = cells.form
        and leftovers.table_no = cells.table_no
        and leftovers.row_no = cells.row_no
        and columns_of_forms.block_no = cells.block_no
        and (leftovers.column_no = cells.column_no or columns_of_forms.measure = cells.measure)
    group by all
    having count(*) = 1
),

all_places as (
    select * from of_cells
    union all by name
    select * from of_leftovers
)

select
    all_places.document_id,
    all_places.form,
    all_places.table_no,
    all_places.row_no,
    all_places.block_no,
    all_places.column_no,
    all_places.row_key,
    all_places.measure,
    all_places.amount_printed,
    all_places.bare_text,
    all_places.unit_printed,
    all_places.amount,
    all_places.amount_cny,
    all_places.precision_cny,
    all_places.is_recognised,
    all_places.is_cell,
    all_places.page,
    all_places.bbox,
    cast(decimals_of_forms.decimals as integer) as form_decimals
from all_places
inner join decimals_of_forms using (document_id, form)
