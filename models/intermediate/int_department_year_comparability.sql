-- Grain: one comparison of two figures of a phase: a body's year with the latest earlier year it has
-- figures of (years), or two bodies of one type in one year (peers).
--   verdict   comparable | with_care | not_comparable: the worst that a reason says
--   reasons   codes of comparability_reason, separated by blanks; coverage_missing:<form> names the form
{{ config(materialized='view') }}

with sides as (select * from {{ ref('int_department_year') }}),

events as (select * from {{ ref('int_department_event') }}),

departments as (select * from {{ ref('dim_department') }}),

coverage as (select * from {{ ref('fct_coverage') }} where is_standard),

reason_verdicts as (select * from {{ ref('comparability_reason') }}),

years as (
    select
        'years' as comparison,
        later as side,
        earlier as other
    from sides as later
    asof inner join sides as earlier
        on later.current_department_id = earlier.current_department_id
        and later.phase = earlier.phase
        and later.fiscal_year > earlier.fiscal_year
),

peers as (
    select
        'peers' as comparison,
        own as side,
        peer as other
    from sides as own
    inner join sides as peer
        on own.department_type = peer.department_type
        and own.fiscal_year = peer.fiscal_year
        and own.phase = peer.phase
        and own.current_department_id < peer.current_department_id
),

paired as (
    select * from years
    union all by name
    select * from peers
),

pairs as (
    select
        comparison,
        side.phase as phase,
        side.current_department_id as current_department_id,
        side.department_id as department_id,
        side.fiscal_year as fiscal_year,
        side.document_id as document_id,
        other.current_department_id as other_current_department_id,
        other.department_id as other_department_id,
        other.fiscal_year as other_fiscal_year,
        other.document_id as other_document_id,
        side,
        other
    from paired
),

-- What an event means to the body it happened to and to the other one.
event_ends as (
    select
        departments.current_department_id,
        events.effective_date,
        events.date_precision,
        case events.kind
            when 'moved' then events.scope || '_moved'
            when 'dissolved'
                then case when month(events.effective_date) = 12 then 'dissolved' else 'dissolved_midyear' end
            when 'accounts_cover' then 'accounts_cover_other'
            else events.kind
        end as reason
    from events
    inner join departments on events.department_id = departments.department_id
    where events.kind <> 'renamed'
    union
    select
        departments.current_department_id,
        events.effective_date,
        events.date_precision,
        case events.kind
            when 'moved' then events.scope || '_moved'
            when 'subordinated' then 'unit_joined'
            when 'dissolved' then 'unit_joined'
            when 'accounts_cover' then 'accounts_elsewhere'
            else events.kind
        end as reason
    from events
    inner join departments on events.related_department_id = departments.department_id
    where events.kind <> 'renamed'
),

-- A date known by its year alone may be any day of it.
dated_events as (
    select
        current_department_id,
        reason,
        effective_date as first_day,
        case when date_precision = 'year' then make_date(year(effective_date), 12, 31) else effective_date end as last_day
    from event_ends
    where effective_date is not null
),

of_lineage as (
    select pairs.* exclude (side, other), dated_events.reason
    from pairs
    inner join dated_events
        on dated_events.current_department_id in (pairs.current_department_id, pairs.other_current_department_id)
        and dated_events.last_day > make_date(pairs.other_fiscal_year, 1, 1)
        and dated_events.first_day <= make_date(pairs.fiscal_year, 12, 31)
),

of_papers as (
    select
        pairs.* exclude (side, other),
        unnest([
            case when comparison = 'years' and department_id <> other_department_id then 'renamed' end,
            case when comparison = 'years' and fiscal_year - other_fiscal_year > 1 then 'years_apart' end,
            case when comparison = 'peers' and side.level <> other.level then 'level_differs' end,
            case when comparison = 'peers' and side.body_name <> other.body_name then 'task_differs' end,
            case
                when side.perimeter = other.perimeter then null
                when 'consolidated' in (side.perimeter, other.perimeter) then 'perimeter_differs'
                else 'perimeter_unclear'
            end,
            case when side.document_kind <> other.document_kind then 'kind_differs' end,
            case when 'implied' in (side.source, other.source) then 'implied' end,
            case when side.grade in ('C', 'D') or other.grade in ('C', 'D') then 'grade_low' end,
            case
                when side.precision_cny <> other.precision_cny and 'implied' not in (side.source, other.source)
                    then 'unit_precision'
            end,
            case
                when side.valid_from > make_date(fiscal_year, 1, 1)
                    or other.valid_from > make_date(other_fiscal_year, 1, 1)
                    then 'part_year'
            end,
            case
                when side.valid_to < make_date(fiscal_year, 12, 31)
                    or other.valid_to < make_date(other_fiscal_year, 12, 31)
                    then 'dissolved_midyear'
            end
        ]) as reason
    from pairs
),

of_coverage as (
    select pairs.* exclude (side, other), 'coverage_missing:' || own.form as reason
    from pairs
    inner join coverage as own on pairs.document_id = own.document_id
    inner join coverage as theirs
        on pairs.other_document_id = theirs.document_id
        and own.form = theirs.form
    where (own.status = 'missing') <> (theirs.status = 'missing')
        -- What the text tells or implies stands in no form.
        and pairs.side.source = 'form'
        and pairs.other.source = 'form'
),

reasoned as (
    select * from of_lineage
    union
    select * from of_papers where reason is not null
    union
    select * from of_coverage
),

judged as (
    select
        reasoned.comparison,
        reasoned.phase,
        reasoned.current_department_id,
        reasoned.fiscal_year,
        reasoned.other_current_department_id,
        reasoned.other_fiscal_year,
        -- A reason that the seed does not know is no licence to compare.
        bool_or(coalesce(reason_verdicts.verdict, 'not_comparable') = 'not_comparable') as is_not_comparable,
        bool_or(reason_verdicts.verdict = 'with_care') as is_with_care,
        string_agg(reasoned.reason, ' ' order by reasoned.reason) as reasons
    from reasoned
    left join reason_verdicts on split_part(reasoned.reason, ':', 1) = reason_verdicts.reason
    group by all
)

select
    pairs.comparison,
    pairs.phase,
    pairs.current_department_id,
    pairs.department_id,
    pairs.fiscal_year,
    pairs.document_id,
    pairs.other_current_department_id,
    pairs.other_department_id,
    pairs.other_fiscal_year,
    pairs.other_document_id,
    case
        when judged.is_not_comparable then 'not_comparable'
        when judged.is_with_care then 'with_care'
        else 'comparable'
    end as verdict,
    judged.reasons
from pairs
left join judged
    on pairs.comparison = judged.comparison
    and pairs.phase = judged.phase
    and pairs.current_department_id = judged.current_department_id
    and pairs.fiscal_year = judged.fiscal_year
    and pairs.other_current_department_id = judged.other_current_department_id
    and pairs.other_fiscal_year = judged.other_fiscal_year
