-- Grain: one rule of the performance tables and one instance: scores, sums, targets, and what the text says.
with scores as (select * from {{ ref('int_rule_performance_score') }}),

sums as (select * from {{ ref('int_rule_performance_sum') }}),

texts as (select * from {{ ref('int_rule_performance_text') }}),

targets as (select * from {{ ref('int_rule_performance_target') }}),

all_checks as (
    select * from scores
    union all by name
    select * from sums
    union all by name
    select * from texts
    union all by name
    select * from targets
),

-- A paper may print the same table twice: the second print is told apart by its place.
numbered as (
    select
        *,
        row_number() over (
            partition by document_id, rule_id, instance_key
            order by
                page, left_value, right_value, form, row_key, subject, left_printed, right_printed, status, n_terms
        ) as occurrence
    from all_checks
)

select
    document_id,
    rule_id,
    concat_ws('|', instance_key, case when occurrence > 1 then occurrence end) as instance_key,
    form,
    row_key,
    measure,
    subject,
    left_printed,
    right_printed,
    value_unit,
    left_value,
    right_value,
    difference,
    tolerance,
    n_terms,
    status,
    page
from numbered
