{%- set standard_forms = [
    'income_expenditure_summary', 'income', 'expenditure', 'appropriation_summary', 'general_public_expenditure',
    'basic_expenditure', 'government_fund', 'state_capital', 'three_public',
] -%}
-- Grain: one document in use, with the state of each of the nine standard forms in a column of its own:
-- present, declared_empty or missing, and null where the year's papers do not owe the form.
with documents as (select * from {{ ref('dim_document') }}),

coverage as (select * from {{ ref('fct_coverage') }}),

departments as (select * from {{ ref('dim_department') }}),

by_form as (
    select
        document_id,
        {%- for form in standard_forms %}
        max(status) filter (where form = '{{ form }}') as {{ form }},
        {%- endfor %}
        cast(count(*) filter (where is_standard and status = 'present') as integer) as present_count,
        cast(count(*) filter (where is_standard and status = 'declared_empty') as integer) as declared_empty_count,
        cast(count(*) filter (where is_standard and status = 'missing') as integer) as missing_count
    from coverage
    group by document_id
),

final as (
    select
        documents.document_id,
        departments.current_department_id as department_id,
        documents.department_name,
        documents.district_code,
        documents.district_name,
        documents.fiscal_year,
        documents.document_kind,
        documents.perimeter,
        documents.grade,
        documents.is_current,
        {%- for form in standard_forms %}
        by_form.{{ form }},
        {%- endfor %}
        by_form.present_count,
        by_form.declared_empty_count,
        by_form.missing_count
    from documents
    inner join by_form on documents.document_id = by_form.document_id
    left join departments on documents.department_id = departments.department_id
)

select * from final
order by document_id
