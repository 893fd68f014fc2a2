-- One row: a year and form, and in how many documents in force it is what.
select
    document.fiscal_year,
    coverage.form,
    cast(count(*) filter (where coverage.status = 'present') as integer) as present_count,
    cast(count(*) filter (where coverage.status = 'declared_empty') as integer) as declared_empty_count,
    cast(count(*) filter (where coverage.status = 'missing') as integer) as missing_count
from marts.fct_coverage as coverage
inner join marts.dim_document as document on coverage.document_id = document.document_id
where coverage.is_standard and document.is_current
group by all
order by all
