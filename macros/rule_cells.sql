{#- Figures an identity can speak of, over form cells as read or as repaired; of some documents alone, if asked. -#}
{% macro rule_cells(form_cells, claims, documents=none) %}
{%- set of_documents = 'where document_id in (select document_id from ' ~ documents ~ ')' if documents else '' %}
{%- set phase_and_measure = "'^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$'" %}
{%- set decimals = "length(regexp_extract(amount_printed, '[.]([0-9]+)', 1))" %}
with form_cells as (select * from {{ form_cells }} {{ of_documents }}),

form_lines as (select * from {{ ref('int_form_line') }} {{ of_documents }}),

projects as (select * from {{ ref('stg_ledger__project') }} {{ of_documents }}),

project_lines as (select * from {{ ref('stg_ledger__project_line') }} {{ of_documents }}),

claims as (select * from {{ claims }} {{ of_documents }}),

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

-- Per source of a project: the department as a whole, or one project. A name with and without a final
-- 项目 is one name.
project_amounts as (
    select
        document_id,
        source in ('overall', 'budget_overall') as is_whole,
        project_name,
        'budget' as measure,
        budget as amount,
        budget_printed as amount_printed,
        unit_printed,
        page,
        table_no
    from projects
    -- A table of projects names the same project once for each unit: it is no figure of one project.
    where budget is not null and source <> 'budget_table'
    union all
    select
        document_id,
        source in ('overall', 'budget_overall'),
        project_name,
        'executed',
        executed,
        executed_printed,
        unit_printed,
        page,
        table_no
    from projects
    where executed is not null
),

of_projects as (
    select
        document_id,
        case when is_whole then 'overall_performance' else 'project_performance' end as form,
        case
            when is_whole then 'total'
            else 'project:' || regexp_replace({{ normalise_name('project_name') }}, '(项目)+$', '')
        end as row_key,
        measure,
        {{ to_yuan('amount', 'unit_printed') }} as amount_cny,
        {{ precision_in_yuan(decimals, 'unit_printed') }} as precision_cny,
        amount_printed,
        unit_printed,
        'reported' as amount_source,
        cast(null as varchar) as repair_note,
        page,
        false as is_garbled,
        table_no,
        0 as row_no,
        0 as column_no
    from project_amounts
),

-- The projects a budget lists once more in the form of the whole department.
of_project_lists as (
    select
        document_id,
        'overall_performance' as form,
        'project:' || regexp_replace({{ normalise_name('item_name') }}, '(项目)+$', '') as row_key,
        'budget' as measure,
        {{ to_yuan('amount', 'unit_printed') }} as amount_cny,
        {{ precision_in_yuan(decimals, 'unit_printed') }} as precision_cny,
        amount_printed,
        unit_printed,
        'reported' as amount_source,
        cast(null as varchar) as repair_note,
        page,
        false as is_garbled,
        cast(null as integer) as table_no,
        line_no as row_no,
        0 as column_no
    from project_lines
    where line_kind = 'project_summary'
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

of_tables_and_text as (
    select * from of_projects
    union all by name
    select * from of_project_lists
    union all by name
    select * from of_text
),

-- A figure printed twice is one figure; the first print stands. (Of a form each is one already.)
once as (
    select * from of_forms
    union all by name
    select *
    from of_tables_and_text
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
    regexp_extract(measure, {{ phase_and_measure }}, 1) as measure_prefix,
    -- Where the summary breaks its expenditure down, its amount is the column called total.
    case
        when form = 'income_expenditure_summary' and ends_with(measure, 'total')
            then regexp_replace(regexp_extract(measure, {{ phase_and_measure }}, 2), '^total$', 'amount')
        else regexp_extract(measure, {{ phase_and_measure }}, 2)
    end as measure_base
from once
{% endmacro %}
