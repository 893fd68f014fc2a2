-- Grain: one pair of department-years: of one body two years or two phases, or of one year and phase
-- two peers; with the verdict and the reasons for it, by papers, perimeter, coverage and grade.
-- Marts take verdicts from here alone.
with department_years as (select * from {{ ref('int_department_year_phase') }}),

peers as (select * from {{ ref('int_peer_group') }}),

reasons as (select * from {{ ref('comparability_reason') }}),

own_reasons as (
    select
        *,
        list_filter([
            case best_source when 'implied' then 'implied_figure' when 'claim' then 'stated_figure' end,
            case when has_missing_forms then 'forms_missing' end,
            case when has_publisher_errors then 'publisher_errors' end,
            case when has_extraction_errors then 'extraction_errors' end
        ], lambda reason: reason is not null) as codes
    from department_years
),

with_peers as (
    select own_reasons.*, peers.peer_group
    from own_reasons
    left join peers on own_reasons.body_id = peers.department_id
),

pairs as (
    select
        one.body_id,
        one.fiscal_year,
        one.phase,
        other.body_id as other_body_id,
        other.fiscal_year as other_fiscal_year,
        other.phase as other_phase,
        list_filter([
            case when one.perimeters <> other.perimeters then 'other_perimeter' end,
            case
                when one.phase = other.phase and one.document_kinds <> other.document_kinds then 'other_document_kind'
            end,
            case
                when one.body_id = other.body_id and one.department_ids <> other.department_ids then 'other_body_name'
            end
        ], lambda reason: reason is not null) || one.codes || other.codes as codes
    from with_peers as one
    inner join with_peers as other
        on one.body_id = other.body_id
        and one.phase = other.phase
        and one.fiscal_year > other.fiscal_year
    union all by name
    select
        one.body_id,
        one.fiscal_year,
        one.phase,
        other.body_id as other_body_id,
        other.fiscal_year as other_fiscal_year,
        other.phase as other_phase,
        list_filter([
            case
                when one.perimeters <> other.perimeters and one.body_id = other.body_id then 'other_perimeter'
                when one.perimeters <> other.perimeters then 'peer_perimeter'
            end
        ], lambda reason: reason is not null) || one.codes || other.codes as codes
    from with_peers as one
    inner join with_peers as other
        on one.fiscal_year = other.fiscal_year
        and (
            one.body_id = other.body_id and one.phase <> other.phase
            or one.body_id <> other.body_id and one.phase = other.phase and one.peer_group = other.peer_group
        )
),

spread as (
    select
        body_id, fiscal_year, phase, other_body_id, other_fiscal_year, other_phase,
        unnest(codes) as reason
    from pairs
),

judged as (
    select
        spread.body_id, spread.fiscal_year, spread.phase, spread.other_body_id, spread.other_fiscal_year,
        spread.other_phase,
        case when bool_or(reasons.verdict = 'not_comparable') then 'not_comparable' else 'with_care' end as verdict,
        list_sort(list_distinct(list(spread.reason))) as reasons
    from spread
    inner join reasons on spread.reason = reasons.reason
    group by all
),

final as (
    select
        pairs.body_id,
        pairs.fiscal_year,
        pairs.phase,
        pairs.other_body_id,
        pairs.other_fiscal_year,
        pairs.other_phase,
        coalesce(judged.verdict, 'comparable') as verdict,
        coalesce(judged.reasons, cast([] as varchar[])) as reasons
    from pairs
    left join judged using (body_id, fiscal_year, phase, other_body_id, other_fiscal_year, other_phase)
)

select * from final
