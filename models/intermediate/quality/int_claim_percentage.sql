-- Grain: one percentage of the explanation that can be worked out again: a completion, a share or a
-- yearly change, with the two figures it is made of. Where text and form tell a figure differently,
-- the telling that yields the percentage counts: what is wrong is reported where it is wrong.
--   part, whole    the figures whose quotient it is; of a change: the change, and the figure of this
--                  year, so that the base is whole - part
--   is_lenient     the whole is not named by the sentence: it may explain the percentage, not refute it
with operands as (select * from {{ ref('int_claim_operand') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

meanings as (
    select meanings.document_id, meanings.form, meanings.row_key, meanings.measure, operands.*
        exclude (document_id, form, row_key, measure)
    from {{ ref('int_claim_meaning') }} as meanings
    inner join {{ ref('int_claim_operand') }} as operands on meanings.claim_id = operands.claim_id
),

wholes as (select * from {{ ref('claim_whole') }}),

percentages as (
    select
        *,
        case metric
            when 'yoy_pct' then 'R-arithmetic-01'
            when 'share_pct' then 'R-arithmetic-02'
            when 'completion_pct' then 'R-arithmetic-03'
        end as rule_id
    from operands
    where metric in ('yoy_pct', 'share_pct', 'completion_pct')
),

amounts as (select * from operands where value_cny is not null),

-- The part: of a change its amount, of a share or a completion the figure of the same thing; in the
-- sentence itself, or the last one before.
parts_stated as (
    select
        percentages.claim_id,
        amounts.value_cny,
        amounts.half_cny,
        amounts.form_cny,
        amounts.form_half_cny,
        amounts.form,
        amounts.measure
    from percentages
    inner join amounts
        on percentages.document_id = amounts.document_id
        and percentages.thing = amounts.thing
        and amounts.snippet_offset <= percentages.snippet_offset
    where (percentages.metric = 'yoy_pct' and amounts.metric = 'yoy_change'
            and amounts.snippet_offset = percentages.snippet_offset)
        or (percentages.metric = 'completion_pct' and amounts.metric = 'final_actual')
        or (percentages.metric = 'share_pct' and amounts.snippet_offset = percentages.snippet_offset
            and amounts.metric in ('final_actual', 'budget', 'initial_budget', 'other_amount'))
    qualify row_number() over (
        partition by percentages.claim_id
        order by
            amounts.snippet_offset desc,
            amounts.value_offset > percentages.value_offset,
            abs(percentages.value_offset - amounts.value_offset),
            amounts.claim_id
    ) = 1
),

parts as (
    select claim_id, value_cny, half_cny, form, measure, false as is_form from parts_stated
    union all
    select claim_id, form_cny, form_half_cny, form, measure, true
    from parts_stated
    where form_cny is not null and form_cny <> value_cny
),

-- The whole of a change is this year's figure, of a completion the budget it names.
wholes_stated as (
    select
        percentages.claim_id,
        amounts.value_cny,
        amounts.half_cny,
        amounts.form_cny,
        amounts.form_half_cny,
        amounts.is_contradicted,
        amounts.metric,
        percentages.snippet_offset - amounts.snippet_offset as distance
    from percentages
    inner join amounts
        on percentages.document_id = amounts.document_id
        and percentages.thing = amounts.thing
        and amounts.snippet_offset <= percentages.snippet_offset
    where (percentages.metric = 'yoy_pct'
            and amounts.metric = case percentages.document_kind when 'budget' then 'budget' else 'final_actual' end)
        or (percentages.metric = 'completion_pct'
            and amounts.metric in ('initial_budget', 'adjusted_budget', 'budget')
            and (coalesce(percentages.base, '') not like '%年初%' or amounts.metric = 'initial_budget')
            and (coalesce(percentages.base, '') not like '%调整%' or amounts.metric = 'adjusted_budget'))
    qualify row_number() over (
        partition by percentages.claim_id, amounts.metric
        order by
            amounts.snippet_offset desc,
            amounts.value_offset > percentages.value_offset,
            abs(percentages.value_offset - amounts.value_offset),
            amounts.claim_id
    ) = 1
),

-- Patterns meet each distinct wording once, whatever the number of documents.
share_wordings as (
    select distinct document_kind, section_key, subject_key, coalesce({{ normalise_name('base') }}, '') as base_key
    from percentages
    where metric = 'share_pct'
),

wholes_worded as materialized (
    select share_wordings.*, wholes.form, wholes.row_key, wholes.measure, wholes.whole_no
    from share_wordings
    inner join wholes
        on share_wordings.section_key = wholes.section_key
        and wholes.document_kind in ('any', share_wordings.document_kind)
        and regexp_full_match(share_wordings.subject_key, wholes.subject_pattern)
        and regexp_full_match(share_wordings.base_key, wholes.base_pattern)
),

-- Of a share it is the figure that seeds/claim_whole.csv names, as the form prints it and as the
-- text states it.
wholes_meant as (
    select
        percentages.claim_id,
        wholes_worded.form,
        wholes_worded.row_key,
        wholes_worded.measure,
        percentages.document_id,
        wholes_worded.whole_no
    from percentages
    inner join wholes_worded
        on percentages.document_kind is not distinct from wholes_worded.document_kind
        and percentages.section_key = wholes_worded.section_key
        and percentages.subject_key = wholes_worded.subject_key
        and coalesce({{ normalise_name('percentages.base') }}, '') = wholes_worded.base_key
    where percentages.metric = 'share_pct'
),

whole_candidates as (
    select claim_id, value_cny, half_cny, is_contradicted as is_doubtful, false as is_lenient, distance
    from wholes_stated
    union all
    select claim_id, form_cny, form_half_cny, false, false, distance
    from wholes_stated
    where form_cny is not null and form_cny <> value_cny
    union all
    select wholes_meant.claim_id, cells.amount_cny, 0.5 * cells.precision_cny, false, false, 0
    from wholes_meant
    inner join cells
        on wholes_meant.document_id = cells.document_id
        and wholes_meant.form = cells.form
        and wholes_meant.row_key = cells.row_key
        and wholes_meant.measure = cells.measure
    union all
    select
        wholes_meant.claim_id,
        case when meanings.has_wrong_unit then meanings.form_cny else meanings.value_cny end,
        case when meanings.has_wrong_unit then meanings.form_half_cny else meanings.half_cny end,
        true,
        false,
        0
    from wholes_meant
    inner join meanings
        on wholes_meant.document_id = meanings.document_id
        and wholes_meant.form = meanings.form
        and wholes_meant.row_key = meanings.row_key
        and wholes_meant.measure = meanings.measure
    where wholes_meant.form <> 'procurement'
    union all
    -- A form that prints budget beside execution says what was to be completed.
    select percentages.claim_id, cells.amount_cny, 0.5 * cells.precision_cny, true, true, 0
    from percentages
    inner join parts_stated on percentages.claim_id = parts_stated.claim_id
    inner join cells
        on percentages.document_id = cells.document_id
        and parts_stated.form = cells.form
        and parts_stated.measure = cells.measure
    where percentages.metric = 'completion_pct' and cells.form = 'three_public' and cells.row_key = 'budget'
),

worked_out as (
    select
        percentages.*,
        cast(parts.value_cny as decimal(20, 2)) as part_cny,
        cast(parts.half_cny as decimal(20, 3)) as part_half_cny,
        cast(whole_candidates.value_cny as decimal(20, 2)) as whole_cny,
        cast(whole_candidates.half_cny as decimal(20, 3)) as whole_half_cny,
        cast(
            whole_candidates.value_cny - case when percentages.metric = 'yoy_pct' then parts.value_cny else 0 end
            as decimal(20, 2)
        ) as base_cny,
        cast(
            whole_candidates.half_cny + case when percentages.metric = 'yoy_pct' then parts.half_cny else 0 end
            as decimal(20, 3)
        ) as base_half_cny,
        parts.is_form,
        whole_candidates.is_doubtful,
        whole_candidates.is_lenient,
        whole_candidates.distance
    from percentages
    inner join parts on percentages.claim_id = parts.claim_id
    inner join whole_candidates on percentages.claim_id = whole_candidates.claim_id
),

-- 100 x part = percentage x base, for figures anywhere within what printing leaves open. The form is
-- linear in each figure, so its extremes stand at the corners.
bounded as (
    select
        *,
        100 * part_cny - value * base_cny as deviation,
        {% set corners -%}
            {%- for p in ['-', '+'] -%}{%- for w in ['-', '+'] -%}{%- for v in ['-', '+'] -%}
            100 * (part_cny {{ p }} part_half_cny) - (value {{ v }} half) * (
                whole_cny {{ w }} whole_half_cny - case when metric = 'yoy_pct' then part_cny {{ p }} part_half_cny else 0 end
            ){{ ', ' if not (p == '+' and w == '+' and v == '+') }}
            {%- endfor -%}{%- endfor -%}{%- endfor -%}
        {%- endset %}
        least({{ corners }}) as lowest,
        greatest({{ corners }}) as highest
    from worked_out
),

judged as (
    select
        *,
        case
            when base_cny = 0 then 'no_base'
            when abs(deviation) <= half * abs(base_cny) then 'pass'
            when lowest <= 0 and highest >= 0 then 'rounding'
            else 'fail'
        end as status
    from bounded
),

chosen as (
    select *
    from judged
    where not (is_lenient and status in ('fail', 'no_base'))
    qualify row_number() over (
        partition by claim_id
        order by
            case status when 'pass' then 0 when 'rounding' then 1 else 2 end,
            is_doubtful, is_form, distance, status, abs(deviation), whole_cny, part_cny
    ) = 1
),

numbered as (
    select
        *,
        row_number() over (partition by document_id, thing, metric order by value_offset, claim_id) as occurrence
    from chosen
)

select
    claim_id,
    document_id,
    -- A percentage of nothing is a rule of its own, and zero of nothing says nothing.
    case when status = 'no_base' then 'R-arithmetic-04' else rule_id end as rule_id,
    concat_ws('|', thing, metric, occurrence) as instance_key,
    section_key,
    subject,
    metric,
    base,
    value_printed,
    unit,
    part_cny,
    base_cny,
    cast(value as decimal(20, 2)) as left_value,
    cast({{ per_cent('part_cny * sign(base_cny)', 'base_cny') }} as decimal(20, 2)) as right_value,
    cast(value - {{ per_cent('part_cny * sign(base_cny)', 'base_cny') }} as decimal(20, 2)) as difference,
    cast(
        round(abs(deviation - case when deviation > 0 then lowest else highest end) / nullif(abs(base_cny), 0), 3)
        as decimal(20, 3)
    ) as tolerance,
    case status when 'no_base' then 'fail' else status end as status,
    page
from numbered
where status <> 'no_base' or part_cny <> 0 or value <> 0
