-- Grain: one rule of the arithmetic inside the explanation and one instance: percentages, sums,
-- changes against the budget, shares of procurement, and one thing stated twice.
with percentages as (select * from {{ ref('int_claim_percentage') }}),

sums as (select * from {{ ref('int_claim_sum') }}),

operands as (select * from {{ ref('int_claim_operand') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

amounts as (select * from operands where value_cny is not null),

of_percentages as (
    select
        document_id,
        rule_id,
        instance_key,
        subject,
        metric,
        coalesce(base, '') as base,
        value_printed || ' ' || unit as left_printed,
        {{ in_wan('part_cny') }} || ' 万元 ÷ ' || {{ in_wan('base_cny') }} || ' 万元' as right_printed,
        '%' as value_unit,
        left_value,
        right_value,
        difference,
        tolerance,
        3 as n_terms,
        status,
        page
    from percentages
),

-- Where every percentage has a base, that is one outcome for all of them.
of_bases as (
    select
        document_id,
        'R-arithmetic-04' as rule_id,
        'all' as instance_key,
        '%' as value_unit,
        cast(count(*) as integer) as n_terms,
        'pass' as status,
        min(page) as page
    from percentages
    group by document_id
    having bool_and(rule_id <> 'R-arithmetic-04')
),

of_sums as (
    select
        document_id,
        rule_id,
        instance_key,
        subject,
        metric,
        '' as base,
        value_printed || ' ' || unit as left_printed,
        coalesce(parts_printed || ' ' || unit, '') as right_printed,
        case when metric = 'count' then unit else '元' end as value_unit,
        left_value,
        right_value,
        difference,
        tolerance,
        part_count,
        1 + part_count as n_terms,
        status,
        page
    from sums
),

-- A change against the initial budget: actual less budget, as the sentence or the form tells them.
budgets as (
    select
        changes.claim_id,
        amounts.value_cny,
        amounts.half_cny
    from operands as changes
    inner join amounts
        on changes.document_id = amounts.document_id
        and changes.thing = amounts.thing
        and changes.snippet_offset = amounts.snippet_offset
    where changes.metric = 'vs_initial_budget_change' and amounts.metric = 'initial_budget'
    union
    select
        changes.claim_id,
        cells.amount_cny,
        0.5 * cells.precision_cny
    from operands as changes
    inner join amounts
        on changes.document_id = amounts.document_id
        and changes.thing = amounts.thing
        and changes.snippet_offset = amounts.snippet_offset
    inner join cells
        on amounts.document_id = cells.document_id
        and amounts.form = cells.form
        and amounts.measure = cells.measure
    where changes.metric = 'vs_initial_budget_change' and amounts.metric = 'final_actual'
        and cells.form = 'three_public' and cells.row_key = 'budget'
),

against_budget as (
    select
        changes.*,
        actuals.value_cny as actual_cny,
        budgets.value_cny as budget_cny,
        cast(changes.half_cny + actuals.half_cny + budgets.half_cny as decimal(20, 3)) as tolerance
    from operands as changes
    inner join amounts as actuals
        on changes.document_id = actuals.document_id
        and changes.thing = actuals.thing
        and changes.snippet_offset = actuals.snippet_offset
        and actuals.metric = 'final_actual'
    inner join budgets on changes.claim_id = budgets.claim_id
    where changes.metric = 'vs_initial_budget_change'
    qualify row_number() over (
        partition by changes.claim_id
        order by abs(changes.value_cny - actuals.value_cny + budgets.value_cny), actuals.claim_id
    ) = 1
),

of_budgets as (
    select
        document_id,
        'R-arithmetic-10' as rule_id,
        concat_ws('|', thing, metric, row_number() over (
            partition by document_id, thing, metric order by value_offset, claim_id
        )) as instance_key,
        subject,
        metric,
        '' as base,
        value_printed || ' ' || unit as left_printed,
        {{ in_wan('actual_cny') }} || ' 万元 - ' || {{ in_wan('budget_cny') }} || ' 万元' as right_printed,
        '元' as value_unit,
        value_cny as left_value,
        cast(actual_cny - budget_cny as decimal(20, 2)) as right_value,
        cast(value_cny - actual_cny + budget_cny as decimal(20, 2)) as difference,
        tolerance,
        3 as n_terms,
        page
    from against_budget
),

-- What goods, works and services gave to small firms is what procurement gave to them: the share of the
-- largest kind follows from the others.
kinds as (
    select
        operands.document_id,
        operands.subject,
        operands.value,
        operands.half,
        operands.value_printed,
        operands.unit,
        operands.page,
        cells.amount_cny,
        0.5 * cells.precision_cny as amount_half,
        row_number() over (partition by operands.document_id order by cells.amount_cny desc, cells.row_key) as size_rank
    from operands
    inner join cells
        on operands.document_id = cells.document_id
        and cells.form = 'procurement'
        and cells.row_key = case left(operands.subject_key, 2)
            when '货物' then 'goods' when '工程' then 'works' when '服务' then 'services'
        end
    where operands.section_key = 'procurement' and operands.metric = 'share_pct'
    qualify row_number() over (
        partition by operands.document_id, cells.row_key order by operands.value_offset, operands.claim_id
    ) = 1
),

-- A kind that nothing is said of may have given them something too: only a full list can fail.
kinds_spent as (
    select document_id, count(*) filter (where amount_cny <> 0) as kinds
    from cells
    where form = 'procurement' and row_key in ('goods', 'works', 'services')
    group by document_id
),

other_kinds as (
    select
        document_id,
        count(*) as kinds,
        coalesce(sum(amount_cny * value) filter (where size_rank > 1), 0) as given,
        coalesce(sum(amount_cny * half + amount_half * value) filter (where size_rank > 1), 0) as given_half
    from kinds
    group by document_id
),

solved as (
    select
        kinds.*,
        other_kinds.kinds,
        given.amount_cny as given_cny,
        100 * given.amount_cny - other_kinds.given as left_over,
        50 * given.precision_cny + other_kinds.given_half + kinds.value * kinds.amount_half as left_over_half,
        other_kinds.given
    from kinds
    inner join other_kinds on kinds.document_id = other_kinds.document_id
    inner join kinds_spent
        on kinds.document_id = kinds_spent.document_id and other_kinds.kinds >= kinds_spent.kinds
    inner join cells as given
        on kinds.document_id = given.document_id
        and given.form = 'procurement'
        and given.row_key = 'small_and_medium'
    where kinds.size_rank = 1 and kinds.amount_cny > 0
),

of_procurement as (
    select
        document_id,
        'R-arithmetic-11' as rule_id,
        'procurement' as instance_key,
        subject,
        'share_pct' as metric,
        '' as base,
        value_printed || ' ' || unit as left_printed,
        '（' || {{ in_wan('given_cny') }} || ' 万元 - ' || {{ in_wan('cast(given / 100 as decimal(20, 2))') }}
            || ' 万元）÷ ' || {{ in_wan('amount_cny') }} || ' 万元' as right_printed,
        '%' as value_unit,
        cast(value as decimal(20, 2)) as left_value,
        cast(round(left_over / amount_cny, 2) as decimal(20, 2)) as right_value,
        cast(round(value - left_over / amount_cny, 2) as decimal(20, 2)) as difference,
        cast(round(half + left_over_half / amount_cny, 3) as decimal(20, 3)) as tolerance,
        cast(2 * kinds + 1 as integer) as n_terms,
        page
    from solved
),

-- A project or an item stated more than once, where no form prints it: each later telling against
-- the first.
tellings as (
    select
        *,
        concat_ws('|', case when claim_level in ('project', 'department') then '' else section_key end,
            coalesce(function_code, regexp_replace(subject_key, '(项目)+$', '')), project_key, metric) as told
    from amounts
    where form is null
        and claim_level <> ''
        and metric in ('final_actual', 'budget', 'initial_budget', 'adjusted_budget', 'yoy_change')
        and (claim_level <> 'project' or regexp_replace(subject_key, '(项目)+$', '') = project_key)
),

first_tellings as (
    select *
    from tellings
    qualify row_number() over (partition by document_id, told order by value_offset, claim_id) = 1
),

of_repeats as (
    select
        tellings.document_id,
        'R-arithmetic-12' as rule_id,
        concat_ws('|', tellings.told, tellings.value_printed) as instance_key,
        tellings.subject,
        tellings.metric,
        '' as base,
        tellings.value_printed || ' ' || tellings.unit as left_printed,
        first_tellings.value_printed || ' ' || first_tellings.unit as right_printed,
        '元' as value_unit,
        tellings.value_cny as left_value,
        first_tellings.value_cny as right_value,
        cast(tellings.value_cny - first_tellings.value_cny as decimal(20, 2)) as difference,
        cast(tellings.half_cny + first_tellings.half_cny as decimal(20, 3)) as tolerance,
        2 as n_terms,
        tellings.page
    from tellings
    inner join first_tellings
        on tellings.document_id = first_tellings.document_id and tellings.told = first_tellings.told
    where tellings.claim_id <> first_tellings.claim_id
    qualify row_number() over (
        partition by tellings.document_id, tellings.told, tellings.value_printed
        order by tellings.value_offset, tellings.claim_id
    ) = 1
),

differences as (
    select * from of_budgets
    union all by name
    select * from of_procurement
    union all by name
    select * from of_repeats
),

all_checks as (
    select * from of_percentages
    union all by name
    select * from of_bases
    union all by name
    select * from of_sums
    union all by name
    select
        *,
        case
            when difference = 0 then 'pass'
            when abs(difference) <= tolerance then 'rounding'
            else 'fail'
        end as status
    from differences
)

select
    document_id,
    rule_id,
    instance_key,
    subject,
    metric,
    base,
    left_printed,
    right_printed,
    value_unit,
    left_value,
    right_value,
    difference,
    tolerance,
    cast(part_count as integer) as part_count,
    cast(n_terms as integer) as n_terms,
    status,
    page
from all_checks
