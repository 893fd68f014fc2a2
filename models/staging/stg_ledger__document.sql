-- Grain: one document (sha256), as the newest extractor version read it. Only a document whose
-- newest reading was loaded is in use; every other staging model keeps to those.
with readings as (select * from {{ source('ledger', 'document') }}),

ranked as (
    select
        *,
        min(loaded_at) over (partition by sha256) as first_loaded_at,
        row_number() over (
            partition by sha256
            order by loaded_at desc, extractor_version desc
        ) as reading_rank
    from readings
),

newest as (
    select
        left(sha256, 16) as document_id,
        sha256,
        extractor_version,
        file_name,
        source_url,
        byte_size,
        reader,
        page_count,
        status,
        reason_code,
        reason,
        remedy,
        first_loaded_at,
        document_kind,
        fiscal_year,
        department_name,
        district_name,
        city_name,
        perimeter,
        unit_printed,
        number_count,
        status = 'loaded' as is_in_use
    from ranked
    where reading_rank = 1
)

select * from newest
