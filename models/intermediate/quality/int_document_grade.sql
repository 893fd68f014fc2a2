-- Grain: one document in use, with its grade. The worst finding that nobody has acknowledged counts.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

findings as (select * from {{ ref('fct_finding') }}),

counted as (
    select
        document_id,
        count(*) filter (where severity = 'error' and responsibility = 'publisher' and kind <> 'coverage')
            as publisher_errors,
        count(*) filter (where severity = 'error' and responsibility = 'extraction') as extraction_errors,
        count(*) filter (where severity = 'error' and kind = 'coverage') as coverage_errors,
        count(*) filter (where severity = 'suspicious') as suspicious,
        count(*) filter (where severity = 'rounding') as roundings
    from findings
    where not acknowledged
    group by document_id
)

select
    documents.document_id,
    case
        when counted.extraction_errors > 0 or counted.coverage_errors > 0 then 'D'
        when counted.publisher_errors > 0 then 'C'
        when counted.suspicious > 0 then 'B'
        else 'A'
    end as grade,
    cast(coalesce(counted.publisher_errors, 0) as integer) as publisher_errors,
    cast(coalesce(counted.extraction_errors, 0) as integer) as extraction_errors,
    cast(coalesce(counted.coverage_errors, 0) as integer) as coverage_errors,
    cast(coalesce(counted.suspicious, 0) as integer) as suspicious,
    cast(coalesce(counted.roundings, 0) as integer) as roundings
from documents
left join counted on documents.document_id = counted.document_id
