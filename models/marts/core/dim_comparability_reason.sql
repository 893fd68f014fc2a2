-- Grain: one reason for care in a comparison, with the verdict that it alone gives.
with reasons as (select * from {{ ref('comparability_reason') }}),

final as (
    select
        reason,
        verdict,
        label_zh,
        label_en
    from reasons
)

select * from final
order by reason
