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
        max(publication) as last_told,
        max_by(event, publication) = 'seen' as is_open,
        max(publication) filter (where event = 'gone') as gone_with,
        count(*) filter (where event = 'seen') as times_seen
    from events
    group by finding_id
),

-- Of a finding that stands no publication is the last, so that its row is the same in each.
dated as (
    select
        lives.*,
        begun.published_at as first_seen,
        case when not lives.is_open then ended.previous_publication end as last_publication,
        case when not lives.is_open then ended.published_at end as healed_at,
        case when not lives.is_open then lives.gone_with end as healed_publication
    from lives
    inner join publications as begun on lives.first_publication = begun.publication
    left join publications as ended on lives.gone_with = ended.publication
),

-- Of an open finding today's words count, of a healed one the last it had.
today as (
    select
        dated.*,
        findings.document_id,
        findings.rule_id,
        findings.kind,
        findings.severity,
        findings.responsibility,
        cast(null as varchar) as healed_reason,
        findings.explanation_zh,
        findings.explanation_en
    from dated
    inner join findings on dated.finding_id = findings.finding_id
    where dated.is_open
),

healed as (
    select
        dated.*,
        events.document_id,
        events.rule_id,
        events.kind,
        events.severity,
        events.responsibility,
        events.healed_reason,
        events.explanation_zh,
        events.explanation_en
    from dated
    inner join events on dated.finding_id = events.finding_id and dated.last_told = events.publication
    where not dated.is_open
),

told as (
    select * from today
    union all by name
    select * from healed
)

select
    told.finding_id,
    told.document_id,
    told.rule_id,
    told.kind,
    told.severity,
    told.responsibility,
    told.is_open,
    told.first_publication,
    date_trunc('second', told.first_seen) as first_seen,
    told.last_publication,
    date_trunc('second', last_one.published_at) as last_seen,
    told.healed_publication,
    date_trunc('second', told.healed_at) as healed_at,
    told.healed_reason,
    cast(told.times_seen - 1 as integer) as times_returned,
    told.explanation_zh,
    told.explanation_en
from told
left join publications as last_one on told.last_publication = last_one.publication
order by told.document_id, told.finding_id
