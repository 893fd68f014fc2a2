-- Grain: one pair of figures of one body: two years in one phase, or two phases of one year; with the
-- verdict (the worst that a reason says) and its reasons. Marts take the verdict on a change from here;
-- peers of one year are compared in mart_peer_comparison.
with years as (select * from {{ ref('int_department_year_phase') }}),

own_reasons as (select * from {{ ref('int_department_year_reason') }}),

events as (select * from {{ ref('int_department_year_event') }}),

verdicts as (select * from {{ ref('comparability_reason') }}),

pairs as (
    select
        own.body_id,
        own.fiscal_year,
        own.phase,
        other.fiscal_year as other_fiscal_year,
        other.phase as other_phase,
        own as own,
        other as other
    from years as own
    inner join years as other
        on own.body_id = other.body_id
        and (
            own.phase = other.phase and own.fiscal_year > other.fiscal_year
            or own.phase <> other.phase and own.fiscal_year = other.fiscal_year
        )
),

of_pairs as (
    select
        body_id, fiscal_year, phase, other_fiscal_year, other_phase,
        unnest([
            case
                when own.perimeter = other.perimeter then null
                when 'consolidated' in (own.perimeter, other.perimeter) then 'other_perimeter'
                else 'perimeter_unclear'
            end,
            case when phase = other_phase and own.document_kind <> other.document_kind then 'other_document_kind' end,
            case when own.department_id <> other.department_id then 'renamed' end,
            case when fiscal_year - other_fiscal_year > 1 then 'years_apart' end,
            case
                when own.precision_cny <> other.precision_cny and 'implied' not in (own.source, other.source)
                    then 'unit_precision'
            end
        ]) as reason
    from pairs
),

of_own as (
    select
        pairs.body_id, pairs.fiscal_year, pairs.phase, pairs.other_fiscal_year, pairs.other_phase,
        own_reasons.reason
    from pairs
    inner join own_reasons
        on pairs.body_id = own_reasons.body_id
        and (
            pairs.fiscal_year = own_reasons.fiscal_year and pairs.phase = own_reasons.phase
            or pairs.other_fiscal_year = own_reasons.fiscal_year and pairs.other_phase = own_reasons.phase
        )
),

of_events_between as (
    select
        pairs.body_id, pairs.fiscal_year, pairs.phase, pairs.other_fiscal_year, pairs.other_phase,
        events.reason
    from pairs
    inner join events
        on pairs.body_id = events.body_id
        and events.last_day > make_date(pairs.other_fiscal_year, 1, 1)
        and events.first_day <= make_date(pairs.fiscal_year, 12, 31)
),

reasoned as (
    select * from of_pairs where reason is not null
    union
    select * from of_own
    union
    select * from of_events_between
),

judged as (
    select
        reasoned.body_id, reasoned.fiscal_year, reasoned.phase, reasoned.other_fiscal_year, reasoned.other_phase,
        {{ worst_verdict('verdicts.verdict') }} as verdict,
        list(reasoned.reason order by reasoned.reason) as reasons
    from reasoned
    left join verdicts on reasoned.reason = verdicts.reason
    group by all
),

final as (
    select
        pairs.body_id,
        pairs.fiscal_year,
        pairs.phase,
        pairs.other_fiscal_year,
        pairs.other_phase,
        coalesce(judged.verdict, 'comparable') as verdict,
        coalesce(judged.reasons, cast([] as varchar[])) as reasons
    from pairs
    left join judged using (body_id, fiscal_year, phase, other_fiscal_year, other_phase)
)

select * from final
