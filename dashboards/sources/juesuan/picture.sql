-- optional: only papers in PDF whose file is at hand are pictured.
select document_id, page, table_no, row_no, path from picture order by all
