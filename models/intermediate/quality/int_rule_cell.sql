-- Grain: one figure an identity can speak of: document, form, row and measure, once each.
-- Form cells, the budgets and execution of projects, and the procurement figures the text states.
-- A derived cell is no evidence: it stays here without an amount, as a figure that is owed.
with form_cells as (select * from {{ ref('int_form_cell') }}),

form_lines as (select * from {{ ref('int_form_line') }}),

projects as (select * from {{ ref('stg_ledger__project') }}),

claims as (select * from {{ ref('int_claim_meaning') }}),

codes_of_rows as (
    select
        document_id,
        form,
        row_key,
        bool_or(coalesce(resolution, 'exact') in ('completed', 'unresolved')) as code_was_garbled
    from form_lines
    group by all
),

of_forms as (
    select
        form_cells.document_id,
        form_cells.form,
        form_cells.row_key,
        form_cells.measure,
        case when form_cells.amount_source <> 'derived' then form_cells.amount_cny end as amount_cny,
        case when form_cells.amount_source <> 'derived' then form_cells.precision_cny end as precision_cny,
        form_cells.amount_printed,
        form_cells.unit_printed,
        form_cells.amount_source,
        form_cells.repair_note,
        form_cells.page,
        form_cells.amount_source = 'repaired' or coalesce(codes_of_rows.code_was_garbled, false) as is_garbled,
        form_cells.table_no,
        form_cells.row_no,
        form_cells.column_no
    from form_cells
    left join codes_of_rows
        on form_cells.document_id = codes_of_rows.document_id
        and form_cells.form = codes_of_rows.form
        and form_cells.row_key = codes_of_rows.row_key
),

project_amounts as (
    unpivot (
        select
            document_id,
            case when project_name = '部门整体支出' then 'overall_performance' else source end as form,
            case when project_name = '部门整体支出' then 'total' else project_name end as row_key,
            unit_printed,
            page,
            table_no,
            budget as budget,
            executed as executed,
        from projects
    ) on budget, executed into name measure value amount
),

of_projects as (
    select
        project_amounts.document_id,
        project_amounts.form,
        project_amounts.row_key,
        project_amounts.measure,
        {{ to_yuan('project_amounts.amount', 'project_amounts.unit_printed') }} as amount_cny,
        {{ unit_value('project_amounts.unit_printed') }} * 0.01 as precision_cny,
        cast(null as varchar) as amount_printed,
        project_amounts.unit_printed,
        'reported' as amount_source,
        cast(null as varchar) as repair_note,
        project_amounts.page,
        false as is_garbled,
        project_amounts.table_no,
        0 as row_no,
        0 as column_no
    from project_amounts
),

of_text as (
    select
        document_id,
        form,
        row_key,
        measure,
        value_cny as amount_cny,
        precision_cny,
        value_printed as amount_printed,
        unit as unit_printed,
        'reported' as amount_source,
        cast(null as varchar) as repair_note,
        page,
        false as is_garbled,
        0 as table_no,
        snippet_offset as row_no,
        0 as column_no
    from claims
    where form = 'procurement'
),

all_cells as (
    select * from of_forms
    union all by name
    select * from of_projects
    union all by name
    select * from of_text
),

-- A figure printed twice is one figure; the first print stands.
once as (
    select *
    from all_cells
    qualify row_number() over (
        partition by document_id, form, row_key, measure
        order by table_no, row_no, column_no, amount_printed
    ) = 1
)

select
    document_id,
    form,
    row_key,
    measure,
    amount_cny,
    precision_cny,
    amount_printed,
    unit_printed,
    amount_source,
    repair_note,
    page,
    is_garbled,
    regexp_extract(measure, '^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$', 1) as measure_prefix,
    regexp_extract(measure, '^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$', 2) as measure_base
from once
