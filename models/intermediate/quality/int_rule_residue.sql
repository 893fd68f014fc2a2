-- Grain: one rule about what templates leave behind and about values that cannot be, and one thing
-- noticed (status fail); or one row a rule and document that speaks and shows nothing of the kind.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

placed as (select * from {{ ref('int_document') }}),

residues as (select * from {{ ref('stg_ledger__residue') }}),

operands as (select * from {{ ref('int_claim_operand') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

-- Only a paper with an explanation can show that it is free of residue.
speaking as (
    select document_id, count(*) as statements, min(page) as page
    from {{ ref('int_claim') }}
    group by document_id
),

of_words as (
    select
        residues.document_id,
        case residues.kind
            when 'instruction' then 'R-residue-01'
            when 'placeholder' then 'R-residue-02'
            when 'blank_amount' then 'R-residue-03'
            when 'city_level' then 'R-residue-04'
            when 'title_year' then 'R-residue-05'
            when 'impossible_amount' then 'R-residue-06'
        end as rule_id,
        residues.text as left_text,
        residues.value as right_text,
        residues.page
    from residues
    inner join documents on residues.document_id = documents.document_id
    left join placed on residues.document_id = placed.document_id
    where residues.kind in ('instruction', 'placeholder', 'blank_amount', 'impossible_amount')
        -- The city's words in the paper of one of its districts.
        or (residues.kind = 'city_level' and placed.district_code is not null and right(placed.district_code, 2) <> '00')
        or (residues.kind = 'title_year' and cast(residues.value as integer) <> documents.fiscal_year)
),

-- The parts of a paper are counted one by one; a list of contents begins them anew.
parts as (
    select
        document_id,
        text,
        page,
        residue_no,
        position(value in '一二三四五六七八九十') as part_no
    from residues
    where kind = 'part'
),

parts_in_order as (
    select
        *,
        lag(part_no) over (partition by document_id order by residue_no) as part_before
    from parts
),

of_parts as (
    select
        document_id, 'R-residue-08' as rule_id, text as left_text,
        substring('一二三四五六七八九十', part_before + 1, 1) as right_text, page
    from parts_in_order
    where part_no > part_before + 1
),

-- Red ink is for incomes, balances and changes. The sign stands in the text as it was printed.
of_signs as (
    select
        document_id, 'R-residue-07' as rule_id, subject, metric,
        value_printed || ' ' || unit as left_text, cast(null as varchar) as form, cast(null as varchar) as row_key,
        cast(null as varchar) as measure, page
    from operands
    where regexp_matches(value_printed, '^[-−]') and value <> 0
        and metric in ('budget', 'initial_budget', 'adjusted_budget', 'share_pct', 'completion_pct', 'count')
    union all
    select
        document_id, 'R-residue-07', null, null, amount_printed || ' ' || unit_printed, form, row_key, measure, page
    from cells
    where amount_cny < 0
        and measure_prefix in ('', 'initial_budget_', 'adjusted_budget_')
        and (
            form in ('expenditure', 'basic_expenditure', 'general_public_expenditure', 'state_capital')
            or (form = 'three_public' and row_key in ('budget', 'actual', 'prior_year_budget'))
            or (form = 'government_fund' and measure_base in ('total', 'basic', 'project'))
        )
),

of_shares as (
    select
        document_id, 'R-residue-09' as rule_id, subject, metric, value_printed || ' ' || unit as left_text, page
    from operands
    where metric = 'share_pct' and value > 100
),

noticed as (
    select * from of_words
    union all by name
    select * from of_parts
    union all by name
    select * from of_signs
    union all by name
    select * from of_shares
),

-- The same words once more are one finding: a template repeats itself.
once as (
    select
        document_id, rule_id, subject, metric, left_text, right_text, form, row_key, measure,
        cast(count(*) as integer) as n_terms, min(page) as page
    from noticed
    group by all
),

looked_for as (
    select rule_id from {{ ref('accounting_rule') }} where kind = 'template_residue'
),

nothing_noticed as (
    select
        speaking.document_id, looked_for.rule_id, 'all' as instance_key,
        cast(speaking.statements as integer) as n_terms, 'pass' as status, speaking.page
    from speaking
    cross join looked_for
    inner join documents on speaking.document_id = documents.document_id
    anti join noticed
        on speaking.document_id = noticed.document_id and looked_for.rule_id = noticed.rule_id
),

all_checks as (
    select
        *,
        concat_ws('|', subject, metric, form, row_key, measure, left_text, right_text) as instance_key,
        'fail' as status
    from once
    union all by name
    select * from nothing_noticed
)

select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    subject,
    metric,
    left_text,
    right_text,
    n_terms,
    status,
    page
from all_checks
