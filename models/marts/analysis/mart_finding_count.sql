-- Grain: one rule, severity, responsibility and district in which something was found: how often, and in
-- how many documents. Districts that nobody knows count together, whatever name their papers print.
with findings as (select * from {{ ref('fct_finding') }}),

documents as (select * from {{ ref('dim_document') }}),

final as (
    select
        findings.rule_id,
        findings.kind,
        findings.severity,
        findings.responsibility,
        documents.district_code,
        min(documents.district_name) filter (where documents.district_code is not null) as district_name,
        cast(count(*) as integer) as finding_count,
        cast(count(distinct findings.document_id) as integer) as document_count,
        cast(count(*) filter (where findings.acknowledged) as integer) as acknowledged
    from findings
    left join documents on findings.document_id = documents.document_id
    group by
        findings.rule_id, findings.kind, findings.severity, findings.responsibility, documents.district_code
)

select * from final
order by rule_id, severity, responsibility, district_code
