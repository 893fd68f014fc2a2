{# The statements of one section of the explanation, with their department. #}
{% macro claims_of_section(section_key) %}
with claims as (select * from {{ ref('int_claim') }} where section_key = '{{ section_key }}'),

documents as (select * from {{ ref('int_document') }}),

final as (
    select
        documents.department_id,
        claims.year as fiscal_year,
        claims.subject,
        claims.metric,
        claims.value,
        claims.unit,
        claims.value_cny,
        claims.document_id,
        claims.claim_id,
        claims.page
    from claims
    inner join documents on claims.document_id = documents.document_id
)

select * from final
order by document_id, claim_id
{% endmacro %}
