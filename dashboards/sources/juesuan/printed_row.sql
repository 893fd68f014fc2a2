-- Rows of mart_printed_row by document_id.
select document_id, page, table_no, row_no, text
from marts.mart_printed_row
order by document_id, page, table_no, row_no
