{%- set phase_and_measure = "'^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$'" %}
-- Grain: one figure that an evaluation that did not pass speaks of, and what it is called in Chinese and
-- English: its form, its row as printed, its column.
with evaluations as (select * from {{ ref('int_rule_evaluation') }} where status <> 'pass' and not is_consequence),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

forms as (select * from {{ ref('form') }}),

labels as (select * from {{ ref('figure_label') }}),

form_lines as (select * from {{ ref('int_form_line') }}),

locations as (select * from {{ ref('int_finding_location') }}),

figures as (
    select document_id, form, row_key, measure from evaluations
    union
    select document_id, other_form, other_row_key, other_measure from evaluations
    union
    select document_id, form, row_key, measure from locations
),

row_names as (
    select
        document_id,
        form,
        row_key,
        min_by(row_name, (table_no, row_no, block_no)) as row_name,
        min(code) filter (where resolution = 'renumbered') as code_meant
    from form_lines
    group by document_id, form, row_key
),

split_figures as (
    select
        figures.*,
        documents.document_kind,
        regexp_extract(figures.measure, {{ phase_and_measure }}, 1) as prefix,
        regexp_extract(figures.measure, {{ phase_and_measure }}, 2) as base_measure
    from figures
    inner join documents on figures.document_id = documents.document_id
),

named as (
    select
        split_figures.document_id,
        split_figures.form,
        split_figures.row_key,
        split_figures.measure,
        coalesce(
            form_labels.label_zh,
            nullif(split_part(forms.label_zh, '/', case when split_figures.document_kind = 'budget' then 2 else 1 end), ''),
            forms.label_zh,
            split_figures.form
        ) as form_zh,
        coalesce(form_labels.label_en, forms.label_en, split_figures.form) as form_en,
        coalesce(
            row_labels.label_zh,
            row_names.row_name,
            '项目“' || nullif(regexp_extract(split_figures.row_key, '^project:(.*)$', 1), '') || '”',
            split_figures.row_key
        ) as row_zh,
        coalesce(
            row_labels.label_en,
            'project ' || nullif(regexp_extract(split_figures.row_key, '^project:(.*)$', 1), ''),
            concat_ws(' ', 'row', regexp_replace(split_figures.row_key, '^.*/', ''), row_names.row_name)
        ) as row_en,
        row_labels.key is null and row_names.row_key is null
            and not starts_with(split_figures.row_key, 'project:') as is_row_absent,
        row_names.code_meant,
        concat(prefix_labels.label_zh, measure_labels.label_zh) as measure_zh,
        coalesce(nullif(concat_ws(' ', prefix_labels.label_en, nullif(measure_labels.label_en, '')), ''), '') as measure_en
    from split_figures
    left join forms on split_figures.form = forms.form
    left join labels as form_labels on form_labels.kind = 'form' and split_figures.form = form_labels.key
    left join labels as row_labels on row_labels.kind = 'row' and split_figures.row_key = row_labels.key
    left join labels as prefix_labels on prefix_labels.kind = 'prefix' and split_figures.prefix = prefix_labels.key
    left join labels as measure_labels
        on measure_labels.kind = 'measure' and split_figures.base_measure = measure_labels.key
    left join row_names
        on split_figures.document_id = row_names.document_id
        and split_figures.form = row_names.form
        and split_figures.row_key = row_names.row_key
)

select
    document_id,
    form,
    row_key,
    measure,
    form_zh,
    form_en,
    row_zh,
    row_en,
    is_row_absent,
    code_meant,
    form_zh || case
        when row_key is null then ''
        when measure_zh = '' then row_zh
        when row_key in ('total', 'income/total', 'expenditure/total') then measure_zh || row_zh
        else row_zh || '的' || measure_zh
    end as figure_zh,
    form_en || case when row_key is null then '' else ', ' || row_en end
        || case when measure_en = '' then '' else ', ' || measure_en end as figure_en
from named
