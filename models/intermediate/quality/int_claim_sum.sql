-- Grain: one whole that the explanation states and breaks down into at least two parts, with their
-- sum (seeds/claim_sum.csv). A list that need not be complete is held to its whole only where the
-- same parts make up another figure of the same whole.
with operands as (select * from {{ ref('int_claim_operand') }}),

sums as (select * from {{ ref('claim_sum') }}),

figures as (
    select
        *,
        coalesce(value_cny, cast(value as decimal(20, 2))) as amount,
        coalesce(half_cny, cast(0 as decimal(20, 3))) as half_amount
    from operands
    where value_cny is not null or metric = 'count'
),

-- Patterns meet each distinct wording once, whatever the number of documents.
whole_wordings as (
    select distinct document_kind, section_key, metric, subject_key from figures where claim_level = ''
),

wholes_worded as materialized (
    select whole_wordings.*, sums.sum_no, sums.rule_id, sums.guard_metric
    from whole_wordings
    inner join sums
        on whole_wordings.section_key = sums.section_key
        and sums.document_kind in ('any', whole_wordings.document_kind)
        and regexp_full_match(whole_wordings.metric, sums.metric_pattern)
        and regexp_full_match(whole_wordings.subject_key, sums.whole_pattern)
),

part_wordings as (
    select distinct section_key, claim_level, subject_key from figures
),

parts_worded as materialized (
    select part_wordings.*, sums.sum_no
    from part_wordings
    inner join sums
        on part_wordings.section_key = sums.section_key
        and part_wordings.claim_level = coalesce(sums.part_level, '')
        and regexp_full_match(part_wordings.subject_key, sums.part_pattern)
),

wholes as (
    select figures.*, wholes_worded.sum_no, wholes_worded.rule_id, wholes_worded.guard_metric
    from figures
    inner join wholes_worded
        on figures.document_kind is not distinct from wholes_worded.document_kind
        and figures.section_key = wholes_worded.section_key
        and figures.metric = wholes_worded.metric
        and figures.subject_key = wholes_worded.subject_key
    where figures.claim_level = ''
),

-- A part belongs to the whole that was stated last before it. Said twice, it counts once.
parts as (
    select
        wholes.claim_id as whole_claim_id,
        wholes.sum_no,
        wholes.guard_metric,
        figures.document_id,
        figures.thing,
        figures.subject,
        figures.metric,
        figures.amount,
        figures.half_amount,
        figures.value_printed,
        figures.snippet_offset,
        figures.value_offset
    from figures
    inner join parts_worded
        on figures.section_key = parts_worded.section_key
        and figures.claim_level = parts_worded.claim_level
        and figures.subject_key = parts_worded.subject_key
    inner join wholes
        on figures.document_id = wholes.document_id
        and figures.section_key = wholes.section_key
        and figures.metric = wholes.metric
        and figures.unit = wholes.unit
        and parts_worded.sum_no = wholes.sum_no
        and figures.claim_id <> wholes.claim_id
        and figures.value_offset > wholes.value_offset
    qualify row_number() over (
            partition by figures.claim_id, wholes.sum_no order by wholes.value_offset desc, wholes.claim_id
        ) = 1
        and row_number() over (
            partition by wholes.claim_id, wholes.sum_no, figures.thing, figures.amount
            order by figures.value_offset, figures.claim_id
        ) = 1
),

-- The guard: the same parts' figures of the other metric, and the whole's.
guards as (
    select
        parts.whole_claim_id,
        parts.sum_no,
        sum(others.amount) as guard_sum,
        sum(others.half_amount) as guard_half
    from parts
    inner join figures as others
        on parts.document_id = others.document_id
        and parts.thing = others.thing
        and parts.snippet_offset = others.snippet_offset
        and parts.guard_metric = others.metric
    where parts.guard_metric is not null
    group by parts.whole_claim_id, parts.sum_no
),

guarded_wholes as (
    select
        wholes.claim_id,
        wholes.sum_no,
        bool_or(abs(guards.guard_sum - others.amount) <= guards.guard_half + others.half_amount) as is_complete
    from wholes
    inner join guards on wholes.claim_id = guards.whole_claim_id and wholes.sum_no = guards.sum_no
    inner join figures as others
        on wholes.document_id = others.document_id
        and wholes.section_key = others.section_key
        and wholes.guard_metric = others.metric
        and others.claim_level = ''
        and others.thing = wholes.thing
    group by wholes.claim_id, wholes.sum_no
),

summed as (
    select
        wholes.document_id,
        wholes.rule_id,
        wholes.claim_id,
        wholes.sum_no,
        wholes.thing,
        wholes.section_key,
        wholes.subject,
        wholes.metric,
        wholes.value_printed,
        wholes.unit,
        wholes.value_offset,
        wholes.page,
        wholes.is_contradicted,
        wholes.amount as left_value,
        cast(sum(parts.amount) as decimal(20, 2)) as right_value,
        min(wholes.half_amount) + sum(parts.half_amount) as tolerance,
        count(*) as part_count,
        string_agg(parts.value_printed, ' + ' order by parts.value_offset, parts.thing, parts.amount) as parts_printed
    from wholes
    inner join parts on wholes.claim_id = parts.whole_claim_id and wholes.sum_no = parts.sum_no
    left join guarded_wholes on wholes.claim_id = guarded_wholes.claim_id and wholes.sum_no = guarded_wholes.sum_no
    where wholes.guard_metric is null or guarded_wholes.is_complete
    group by all
    having count(parts.thing) > 1
),

numbered as (
    select
        *,
        row_number() over (
            partition by document_id, rule_id, sum_no, thing, metric order by value_offset, claim_id
        ) as occurrence
    from summed
)

select
    document_id,
    rule_id,
    concat_ws('|', sum_no, thing, metric, occurrence) as instance_key,
    section_key,
    subject,
    metric,
    value_printed,
    unit,
    left_value,
    right_value,
    cast(left_value - right_value as decimal(20, 2)) as difference,
    cast(tolerance as decimal(20, 3)) as tolerance,
    cast(part_count as integer) as part_count,
    case when part_count <= 8 then parts_printed end as parts_printed,
    case
        when left_value = right_value then 'pass'
        when abs(left_value - right_value) <= tolerance then 'rounding'
        -- A list of the main projects may stop short of the whole, never exceed it.
        when rule_id = 'R-arithmetic-07' and left_value > right_value then 'pass'
        else 'fail'
    end as status,
    page
from numbered
