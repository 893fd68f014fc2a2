-- Grain: one expenditure amount per document, year, phase, fund, nature, function code and source:
-- from the forms, from the explanation where no form tells, and implied by a stated change.
with cells as (select * from {{ ref('int_phased_cell') }}),

claims as (select * from {{ ref('int_claim') }}),

meanings as (select * from {{ ref('int_claim_meaning') }}),

documents as (select * from {{ ref('int_document') }}),

implied_figures as (select * from {{ ref('int_implied_figure') }}),

figures as (
    select * from {{ ref('figure_of_form') }} where statement = 'expenditure' and row_key = '@code'
),

-- A code printed more than once counts each time only where all rows together make up the total.
repeats as (
    select
        document_id,
        form,
        phase,
        coalesce(
            abs(
                sum(amount_cny) filter (where parent_key = 'total')
                - max(amount_cny) filter (where row_key = 'total')
            ) * 2 <= sum(precision_cny),
            false
        ) as are_parts
    from cells
    where base_measure = 'total'
    group by document_id, form, phase
),

from_forms as (
    select
        document_id,
        fiscal_year,
        phase,
        case form when 'expenditure' then 'all' when 'general_public_expenditure' then 'general_public' else form end
            as fund,
        case base_measure when 'basic_personnel' then 'personnel' when 'basic_public' then 'public' else base_measure end
            as nature,
        coalesce(code, row_key) as function_code,
        min(row_role) as row_role,
        -- A form that prints the codes once for each unit tells the department by their sum.
        cast(sum(amount_cny) as decimal(20, 2)) as amount_cny,
        cast(sum(precision_cny) as decimal(20, 2)) as precision_cny,
        'form' as source,
        form,
        min(row_key) as row_key,
        min(page) as page
    from cells
    left join repeats using (document_id, form, phase)
    where form in ('expenditure', 'general_public_expenditure', 'government_fund', 'state_capital')
        and (classification = 'function' and code is not null and (are_parts or not contains(row_key, '#'))
            or row_key = 'total')
        and base_measure in (
            'total', 'basic', 'project', 'basic_personnel', 'basic_public',
            'remitted_to_superior', 'business', 'subsidy_to_affiliated'
        )
    group by document_id, fiscal_year, phase, form, base_measure, coalesce(code, row_key)
),

-- Which subjects of a paper's explanation are the whole of the general public form, by nature.
whole_subjects as (
    select distinct
        document_id,
        subject,
        regexp_replace(measure, '^(initial_budget|adjusted_budget)_', '') as nature
    from meanings
    where section_key = 'general_public'
        and form = 'general_public_expenditure'
        and row_key = 'total'
        and regexp_full_match(measure, '(.*_)?total|basic|project')
),

-- The explanation speaks of items, and of the whole, under its general public heading.
claimed as (
    select
        claims.*,
        coalesce(claims.function_code, 'total') as claimed_code,
        case when claims.function_code is not null then 'total' else whole_subjects.nature end as nature,
        case
            when claims.metric in ('initial_budget', 'adjusted_budget') then claims.metric
            when claims.metric = 'final_actual' and documents.document_kind = 'final_account' then 'final'
            when claims.metric = 'budget' and documents.document_kind = 'budget' then 'initial_budget'
        end as phase
    from claims
    inner join documents on claims.document_id = documents.document_id
    left join whole_subjects
        on claims.document_id = whole_subjects.document_id
        and claims.subject = whole_subjects.subject
    where claims.section_key = 'general_public'
        and claims.value_cny is not null
        and claims.project_name is null
        and claims.year is not null
        and (claims.function_code is not null or whole_subjects.subject is not null)
),

first_claimed as (
    select *
    from claimed
    where phase is not null
    qualify row_number() over (
        partition by document_id, year, phase, nature, claimed_code
        order by snippet_offset, claim_id
    ) = 1
),

told_by_forms as (select distinct document_id, fiscal_year, phase, fund from from_forms where nature = 'total'),

from_claims as (
    select
        first_claimed.document_id,
        first_claimed.year as fiscal_year,
        first_claimed.phase,
        'general_public' as fund,
        first_claimed.nature,
        first_claimed.claimed_code as function_code,
        first_claimed.value_cny as amount_cny,
        first_claimed.precision_cny,
        'claim' as source,
        first_claimed.page
    from first_claimed
    left join told_by_forms
        on first_claimed.document_id = told_by_forms.document_id
        and first_claimed.year = told_by_forms.fiscal_year
        and first_claimed.phase = told_by_forms.phase
        and told_by_forms.fund = 'general_public'
    where told_by_forms.document_id is null
),

-- A paper that says by how much a figure changed tells last year's.
implied as (
    select
        implied_figures.document_id,
        implied_figures.fiscal_year,
        implied_figures.phase,
        figures.fund,
        figures.nature,
        implied_figures.row_key as function_code,
        implied_figures.amount_cny,
        implied_figures.precision_cny,
        'implied' as source,
        implied_figures.form,
        implied_figures.row_key,
        implied_figures.page
    from implied_figures
    inner join figures
        on implied_figures.form = figures.form
        and implied_figures.measure = figures.measure
    where regexp_full_match(implied_figures.row_key, '[0-9]+|total')
),

all_amounts as (
    select * from from_forms
    union all by name
    select * from from_claims
    union all by name
    select * from implied
)

select * from all_amounts
