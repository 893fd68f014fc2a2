-- optional: only papers in PDF whose file is at hand are pictured. The row in which a finding stands.
select finding.finding_id, picture.path
from picture
inner join marts.fct_form_cell as cell
    on picture.document_id = cell.document_id and picture.page = cell.page
    and picture.table_no = cell.table_no and picture.row_no = cell.row_no
inner join marts.fct_finding as finding
    on cell.document_id = finding.document_id and cell.form = finding.form
    and cell.row_key = finding.row_key and cell.measure = finding.measure
order by all
