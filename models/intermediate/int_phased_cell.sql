-- Grain: one amount of a form, its measure split into the phase and year it belongs to and what it
-- measures. Changes and a prior year's column, whose phase a paper leaves open, are not here.
with cells as (select * from {{ ref('int_form_cell') }}),

documents as (select * from {{ ref('int_document') }}),

split as (
    select
        cells.*,
        documents.department_id,
        documents.fiscal_year,
        regexp_extract(cells.measure, '^(initial_budget|adjusted_budget|prior_year|change_pct|change)_', 1) as prefix,
        regexp_replace(cells.measure, '^(initial_budget|adjusted_budget)_', '') as base_measure,
        case documents.document_kind when 'final_account' then 'final' when 'budget' then 'initial_budget' end
            as own_phase
    from cells
    inner join documents on cells.document_id = documents.document_id
    where cells.amount_cny is not null
),

phased as (
    select
        * exclude (prefix, own_phase),
        case when prefix in ('initial_budget', 'adjusted_budget') then prefix else own_phase end as phase
    from split
    where prefix in ('', 'initial_budget', 'adjusted_budget')
)

select * from phased
