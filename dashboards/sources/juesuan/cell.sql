-- Rows of fct_form_cell by document_id.
select
    document_id, form, row_key, row_name, measure, amount_cny, amount_printed, amount_source, repair_note, page,
    table_no, row_no, column_no, reader, unit_printed, precision_cny, code_resolution, amount
from marts.fct_form_cell
order by document_id, form, row_no, row_key, measure
