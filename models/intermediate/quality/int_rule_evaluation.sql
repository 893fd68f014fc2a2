-- Grain: one rule, one document, one instance that had something to judge. Great Expectations judges
-- this table; what has no row here was not evaluated, and int_rule_coverage says why.
--   status          pass | rounding (unequal, within what printing explains) | fail | missing
--   is_consequence  a missing total that another rule already reports
--   unit_meant      of a statement that fails only by its unit: the unit that would make it agree
--   value_unit      of left, right, difference and tolerance: 元 where nothing is said, else %, 分 or a count's
--   subject, base   what a sentence or a table speaks of, and what its percentage is of
with identities as (select * from {{ ref('int_rule_identity') }}),

claims as (select * from {{ ref('int_claim_check') }}),

row_checks as (
    select * from {{ ref('int_rule_row_check') }}
    union all by name
    select * from {{ ref('int_rule_presence_check') }}
),

body_checks as (select * from {{ ref('int_rule_body_check') }}),

claim_arithmetic as (select * from {{ ref('int_rule_claim_arithmetic') }}),

performance as (select * from {{ ref('int_rule_performance') }}),

residue as (select * from {{ ref('int_rule_residue') }}),

claim_names as (select * from {{ ref('int_rule_claim_name') }}),

named_items as (select * from {{ ref('int_rule_named_item') }}),

across_documents as (select * from {{ ref('int_rule_cross_document') }}),

missing_totals as (
    select document_id, left_form as form, list(left_row_key) as row_keys
    from identities
    where status = 'missing' and left_printed = 0 and not is_consequence
    group by document_id, left_form
),

of_identities as (
    select
        document_id,
        rule_id,
        instance_key,
        left_form as form,
        left_row_key as row_key,
        left_measure as measure,
        right_form as other_form,
        right_row_key as other_row_key,
        right_measure as other_measure,
        right_printed,
        left_value,
        right_value,
        difference,
        tolerance,
        n_terms,
        status,
        is_consequence,
        is_extraction,
        cast(null as varchar) as left_text,
        cast(null as varchar) as right_text,
        cast(null as varchar) as metric,
        page
    from identities
),

of_claims as (
    select
        document_id,
        rule_id,
        instance_key,
        form,
        row_key,
        measure,
        form as other_form,
        row_key as other_row_key,
        measure as other_measure,
        n_terms - 1 as right_printed,
        left_value,
        right_value,
        difference,
        tolerance,
        n_terms,
        status,
        is_consequence,
        is_extraction,
        subject as left_text,
        value_printed || ' ' || unit as right_text,
        metric,
        unit_meant,
        page
    from claims
),

of_rows as (
    select
        row_checks.document_id,
        row_checks.rule_id,
        row_checks.instance_key,
        row_checks.form,
        row_checks.row_key,
        row_checks.measure,
        cast(null as varchar) as other_form,
        cast(null as varchar) as other_row_key,
        cast(null as varchar) as other_measure,
        0 as right_printed,
        row_checks.left_value,
        cast(null as decimal(20, 2)) as right_value,
        cast(null as decimal(20, 2)) as difference,
        cast(null as decimal(20, 3)) as tolerance,
        row_checks.n_terms,
        row_checks.status,
        row_checks.status = 'missing'
            and missing_totals.form is not null
            and coalesce(list_contains(missing_totals.row_keys, row_checks.row_key), true)
            and row_checks.rule_id <> 'R-coverage-01' as is_consequence,
        row_checks.is_extraction,
        row_checks.left_text,
        row_checks.right_text,
        cast(null as varchar) as metric,
        row_checks.page
    from row_checks
    left join missing_totals
        on row_checks.document_id = missing_totals.document_id
        and row_checks.form = missing_totals.form
),

of_claim_arithmetic as (
    select
        * exclude (left_printed, right_printed, part_count),
        part_count as right_printed,
        left_printed as left_text,
        right_printed as right_text,
        false as is_consequence,
        false as is_extraction
    from claim_arithmetic
),

of_performance as (
    select
        * exclude (left_printed, right_printed),
        left_printed as left_text,
        right_printed as right_text,
        false as is_consequence,
        false as is_extraction
    from performance
),

of_claim_names as (
    select *, false as is_consequence, false as is_extraction from claim_names
),

of_named_items as (
    select *, false as is_consequence, false as is_extraction from named_items
),

of_residue as (
    select *, false as is_consequence, false as is_extraction from residue
),

of_bodies as (
    select *, false as is_consequence from body_checks
),

of_documents as (
    select
        document_id,
        rule_id,
        instance_key,
        form,
        row_key,
        measure,
        other_form,
        other_row_key,
        other_measure,
        1 as right_printed,
        left_value,
        right_value,
        difference,
        tolerance,
        n_terms,
        status,
        false as is_consequence,
        is_extraction,
        cast(null as varchar) as left_text,
        cast(null as varchar) as right_text,
        cast(null as varchar) as metric,
        page
    from across_documents
),

all_evaluations as (
    select * from of_identities
    union all by name
    select * from of_claims
    union all by name
    select * from of_rows
    union all by name
    select * from of_claim_arithmetic
    union all by name
    select * from of_performance
    union all by name
    select * from of_claim_names
    union all by name
    select * from of_named_items
    union all by name
    select * from of_residue
    union all by name
    select * from of_bodies
    union all by name
    select * from of_documents
)

select
    {{ surrogate_key(['document_id', 'rule_id', 'instance_key']) }} as evaluation_id,
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    other_form,
    other_row_key,
    other_measure,
    cast(coalesce(right_printed, 0) as integer) as right_printed,
    left_value,
    right_value,
    difference,
    tolerance,
    n_terms,
    status,
    is_consequence,
    is_extraction,
    left_text,
    right_text,
    metric,
    subject,
    base,
    unit_meant,
    value_unit,
    page
from all_evaluations
