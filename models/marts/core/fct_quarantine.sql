-- Grain: one document whose newest reading was set aside.
with documents as (select * from {{ ref('stg_ledger__document') }} where not is_in_use),

final as (
    select
        document_id,
        file_name,
        reason_code,
        reason,
        remedy,
        status,
        sha256,
        source_url,
        first_loaded_at
    from documents
)

select * from final
order by document_id
