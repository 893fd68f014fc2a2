-- Grain: one finding that appears or goes with the publication that is being built: what the refresh adds
-- to the ledger when it publishes. Only documents in force are followed: one that a later paper of the
-- same body and year replaces takes its findings along.
with publications as (select * from {{ ref('int_publication') }}),

recorded as (select * from {{ ref('stg_ledger__finding_event') }}),

findings as (select * from {{ ref('fct_finding') }}),

documents as (select * from {{ ref('int_document') }}),

current_publication as (
    select
        here.publication,
        before.published_at as previous_published_at,
        here.project_version is distinct from before.project_version as has_new_rules
    from publications as here
    left join publications as before on here.previous_publication = before.publication
    where here.is_current
),

in_force as (
    select findings.*
    from findings
    inner join documents on findings.document_id = documents.document_id
    where documents.document_id = documents.current_document_id
),

-- The last word on each finding before this publication.
open_before as (
    select recorded.finding_id, recorded.document_id, max(recorded.publication) as last_publication
    from recorded
    inner join current_publication on recorded.publication < current_publication.publication
    group by recorded.finding_id, recorded.document_id
    having max_by(recorded.event, recorded.publication) = 'seen'
),

appeared as (
    select in_force.*
    from in_force
    left join open_before on in_force.finding_id = open_before.finding_id
    where open_before.finding_id is null
),

gone as (
    select
        recorded.*,
        case
            when documents.document_id is null then 'document_set_aside'
            when documents.current_document_id is null then 'document_removed'
            when documents.document_id <> documents.current_document_id then 'document_replaced'
            when documents.loaded_at > current_publication.previous_published_at then 'read_again'
            when current_publication.has_new_rules then 'rules_changed'
            else 'other_document'
        end as reason_gone
    from open_before
    cross join current_publication
    inner join recorded
        on open_before.finding_id = recorded.finding_id and open_before.last_publication = recorded.publication
    left join in_force on open_before.finding_id = in_force.finding_id
    left join documents on open_before.document_id = documents.document_id
    where in_force.finding_id is null
)

select
    current_publication.publication,
    appeared.finding_id,
    'seen' as event,
    appeared.document_id,
    appeared.rule_id,
    appeared.kind,
    appeared.severity,
    appeared.responsibility,
    appeared.explanation_zh,
    appeared.explanation_en,
    cast(null as varchar) as healed_reason
from appeared
cross join current_publication
union all
select
    current_publication.publication,
    gone.finding_id,
    'gone',
    gone.document_id,
    gone.rule_id,
    gone.kind,
    gone.severity,
    gone.responsibility,
    gone.explanation_zh,
    gone.explanation_en,
    gone.reason_gone
from gone
cross join current_publication
