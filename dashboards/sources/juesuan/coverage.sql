select * from marts.mart_coverage
order by district_code, department_name, fiscal_year, document_kind, document_id
