-- Grain: one amount of the three public expenses: document, row of the form (budget, actual, …) and
-- expense; from the explanation where the paper shows no form. The phase of a final account's budget
-- row is what the paper's own words call it, null where it calls it nothing.
with cells as (select * from {{ ref('int_form_cell') }} where form = 'three_public' and amount_cny is not null),

documents as (select * from {{ ref('int_document') }}),

claims as (select * from {{ ref('int_claim') }} where section_key = 'three_public'),

meanings as (select * from {{ ref('int_claim_meaning') }} where form = 'three_public'),

words as (
    select
        document_id,
        case when count(distinct metric) = 1 then min(metric) end as budget_phase
    from claims
    where metric in ('initial_budget', 'adjusted_budget')
    group by document_id
),

told as (
    select
        document_id,
        row_key,
        measure as expense,
        amount_cny,
        row_name,
        precision_cny,
        page,
        'form' as source
    from cells
),

claimed as (
    select
        meanings.document_id,
        meanings.row_key,
        meanings.measure as expense,
        meanings.value_cny as amount_cny,
        meanings.subject as row_name,
        meanings.precision_cny,
        meanings.page,
        'claim' as source
    from meanings
    where not exists (select 1 from cells where cells.document_id = meanings.document_id)
    qualify row_number() over (
        partition by meanings.document_id, meanings.row_key, meanings.measure
        order by meanings.snippet_offset, meanings.meaning_no, meanings.value_cny
    ) = 1
),

amounts as (
    select * from told
    union all by name
    select * from claimed
),

final as (
    select
        documents.department_id,
        documents.fiscal_year - case when amounts.row_key = 'prior_year_budget' then 1 else 0 end as fiscal_year,
        case
            when amounts.row_key = 'actual' then 'final'
            when documents.document_kind = 'budget' then 'initial_budget'
            when amounts.row_key = 'budget' then words.budget_phase
        end as phase,
        amounts.row_key,
        amounts.expense,
        amounts.amount_cny,
        amounts.document_id,
        amounts.source,
        amounts.row_name,
        amounts.precision_cny,
        amounts.page
    from amounts
    inner join documents on amounts.document_id = documents.document_id
    left join words on amounts.document_id = words.document_id
)

select * from final
order by document_id, row_key, expense
