-- Grain: one quantitative statement of the explanation.
with claims as (select * from {{ ref('int_claim') }}),

final as (
    select
        document_id,
        section,
        subject,
        function_code,
        project_name,
        metric,
        year,
        value,
        unit,
        value_cny,
        snippet_offset,
        page,
        claim_id,
        section_key,
        class_name,
        group_name,
        item_name,
        value_printed,
        precision_cny,
        snippet_length,
        base,
        value_offset
    from claims
)

select * from final
order by document_id, snippet_offset, claim_id
