-- One row: this publication, and what it holds.
select
    facts.number,
    facts.published_at,
    facts.previous_number,
    facts.previous_published_at,
    facts.extractor_version,
    facts.project_version,
    facts.quarantined,
    (select cast(count(*) as integer) from marts.dim_document) as documents,
    (select cast(count(*) as integer) from marts.mart_department where document_count > 0) as departments,
    (select cast(count(distinct district_code) as integer) from marts.mart_department where document_count > 0)
        as districts,
    (select min(fiscal_year) from marts.dim_document) as first_year,
    (select max(fiscal_year) from marts.dim_document) as last_year,
    (select cast(count(*) as integer) from marts.fct_form_cell) as cells,
    (select cast(count(*) as integer) from marts.fct_finding) as findings,
    (select cast(count(*) as integer) from marts.fct_finding where severity = 'error') as errors,
    (select cast(sum(checks) as integer) from marts.mart_document_grade) as checks,
    (select cast(sum(checks_met) as integer) from marts.mart_document_grade) as checks_met
from facts
