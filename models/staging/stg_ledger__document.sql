-- Grain: one document (sha256), as the newest extractor version read it. Only a document whose
-- newest reading was loaded, and not set aside by the judge since, is in use; every other staging
-- model keeps to those. A document that went from every inbox that had it was removed, and stays in use.
with readings as (select * from {{ source('ledger', 'document') }}),

verdicts as (
    select *
    from {{ source('ledger', 'verdict') }}
    qualify row_number() over (partition by sha256, extractor_version order by verdict_no desc) = 1
),

last_sightings as (
    select *
    from {{ source('ledger', 'sighting') }}
    qualify row_number() over (partition by sha256, inbox order by sighting_no desc) = 1
),

removed as (
    select sha256, max(noted_at) as removed_at
    from last_sightings
    group by sha256
    having bool_and(event = 'gone')
),

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
        left(ranked.sha256, 16) as document_id,
        ranked.sha256,
        ranked.extractor_version,
        ranked.file_name,
        ranked.source_url,
        ranked.byte_size,
        ranked.reader,
        ranked.page_count,
        coalesce(set_aside.status, ranked.status) as status,
        coalesce(set_aside.reason_code, ranked.reason_code) as reason_code,
        coalesce(set_aside.reason, ranked.reason) as reason,
        coalesce(set_aside.remedy, ranked.remedy) as remedy,
        ranked.loaded_at,
        ranked.first_loaded_at,
        ranked.document_kind,
        ranked.fiscal_year,
        ranked.department_name,
        ranked.district_name,
        ranked.city_name,
        ranked.perimeter,
        ranked.unit_printed,
        ranked.number_count,
        removed.removed_at,
        ranked.status = 'loaded' and set_aside.sha256 is null as is_in_use
    from ranked
    left join removed on ranked.sha256 = removed.sha256
    left join verdicts as set_aside
        on ranked.sha256 = set_aside.sha256
        and ranked.extractor_version = set_aside.extractor_version
        and set_aside.status = 'quarantined'
    where ranked.reading_rank = 1
)

select * from newest
