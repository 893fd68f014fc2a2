-- Grain: one finding ever seen in a document in force: since when, until when, and why it went.
with publications as (select * from {{ ref('int_publication') }}),

findings as (select * from {{ ref('fct_finding') }}),

current_events as (select * from {{ ref('int_finding_event') }}),

recorded as (select * from {{ ref('stg_ledger__finding_event') }}),

current_publication as (select publication, published_at from publications where is_current),

events as (
    select recorded.*
    from recorded
    inner join current_publication on recorded.publication < current_publication.publication
    union all by name
    select * from current_events
),

lives as (
    select
        finding_id,
        min(publication) as first_publication,
        max_by(event, publication) = 'seen' as is_open,
        max(publication) filter (where event = 'gone') as gone_with,
        max_by(healed_reason, publication) filter (where event = 'gone') as healed_reason,
        max_by(document_id, publication) as document_id,
        max_by(rule_id, publication) as rule_id,
        max_by(kind, publication) as kind,
        max_by(severity, publication) as severity,
        max_by(responsibility, publication) as responsibility,
        max_by(explanation_zh, publication) as explanation_zh,
        max_by(explanation_en, publication) as explanation_en,
        count(*) filter (where event = 'seen') as times_seen
    from events
    group by finding_id
),

dated as (
    select
        lives.*,
        begun.published_at as first_seen,
        case when lives.is_open then current_publication.publication else ended.previous_publication end
            as last_publication,
        case when not lives.is_open then ended.published_at end as healed_at,
        case when not lives.is_open then lives.gone_with end as healed_publication
    from lives
    cross join current_publication
    inner join publications as begun on lives.first_publication = begun.publication
    left join publications as ended on lives.gone_with = ended.publication
)

select
    dated.finding_id,
    dated.document_id,
    dated.rule_id,
    coalesce(findings.kind, dated.kind) as kind,
    coalesce(findings.severity, dated.severity) as severity,
    coalesce(findings.responsibility, dated.responsibility) as responsibility,
    dated.is_open,
    dated.first_publication,
    date_trunc('second', dated.first_seen) as first_seen,
    dated.last_publication,
    date_trunc('second', last_one.published_at) as last_seen,
    dated.healed_publication,
    date_trunc('second', dated.healed_at) as healed_at,
    case when not dated.is_open then dated.healed_reason end as healed_reason,
    cast(dated.times_seen - 1 as integer) as times_returned,
    coalesce(findings.explanation_zh, dated.explanation_zh) as explanation_zh,
    coalesce(findings.explanation_en, dated.explanation_en) as explanation_en
from dated
left join publications as last_one on dated.last_publication = last_one.publication
-- Of an open finding today's words count, of a healed one the last it had.
left join findings on dated.is_open and dated.finding_id = findings.finding_id
order by dated.finding_id
