{%- set in_unit -%}
    case coalesce(noticed.value_unit, '元')
        when '元' then {{ in_wan('X') }} || ' 万元'
        when '%' then cast(X as varchar) || ' %'
        else rtrim(rtrim(cast(X as varchar), '0'), '.') || ' ' || noticed.value_unit
    end
{%- endset %}
-- Grain: one evaluation that did not pass and is no consequence of another, with all that a sentence
-- about it may say: how grave it is, whose fault, what its figures are called, their amounts as text.
-- `traits` are the conditions that seeds/finding_sentence.csv asks for.
with evaluations as (select * from {{ ref('int_rule_evaluation') }} where status <> 'pass' and not is_consequence),

rules as (select * from {{ ref('accounting_rule') }}),

names as (select * from {{ ref('int_figure_name') }}),

across_documents as (select * from {{ ref('int_rule_cross_document') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

labels as (select * from {{ ref('figure_label') }}),

faults as (select * from {{ ref('int_finding_fault') }}),

locations as (select * from {{ ref('int_finding_location') }}),

noticed as (
    select
        evaluations.*,
        rules.kind,
        rules.relation,
        case
            when evaluations.status = 'rounding' then 'rounding'
            when evaluations.status = 'missing' and rules.kind <> 'coverage' then 'suspicious'
            when evaluations.rule_id = 'R-coverage-01' and evaluations.status = 'fail' then 'suspicious'
            else rules.severity
        end as severity,
        faults.responsibility,
        faults.fault_reason,
        -- A paper of one page, or of text without pages, needs no page to be found.
        case when documents.page_count > 1 then evaluations.page end as page_to_see
    from evaluations
    inner join rules on evaluations.rule_id = rules.rule_id
    inner join documents on evaluations.document_id = documents.document_id
    inner join faults on evaluations.evaluation_id = faults.evaluation_id
),

-- Two papers: which they are, how each tells the figure, and the year and phase it is of.
paper_names as (
    select
        across_documents.document_id,
        across_documents.rule_id,
        across_documents.instance_key,
        across_documents.fiscal_year || ' 年' || phase_labels.label_zh || '，' as told_zh,
        across_documents.fiscal_year || ' ' || phase_labels.label_en || ', ' as told_en,
        own.fiscal_year || ' 年' || own_labels.label_zh || coalesce(source_labels.label_zh, '') as paper_zh,
        'the ' || own.fiscal_year || ' ' || own_labels.label_en || coalesce(source_labels.label_en, '') as paper_en,
        other.fiscal_year || ' 年' || other_labels.label_zh || coalesce(other_source_labels.label_zh, '') as other_paper_zh,
        'the ' || other.fiscal_year || ' ' || other_labels.label_en || coalesce(other_source_labels.label_en, '') as other_paper_en
    from across_documents
    inner join documents as own on across_documents.document_id = own.document_id
    inner join documents as other on across_documents.other_document_id = other.document_id
    left join labels as phase_labels
        on phase_labels.kind = 'phase' and across_documents.phase = phase_labels.key
    left join labels as source_labels
        on source_labels.kind = 'source' and across_documents.source = source_labels.key
    left join labels as other_source_labels
        on other_source_labels.kind = 'source' and across_documents.other_source = other_source_labels.key
    left join labels as own_labels on own_labels.kind = 'paper' and own.document_kind = own_labels.key
    left join labels as other_labels on other_labels.kind = 'paper' and other.document_kind = other_labels.key
),

-- The cell that would mend this and other equations, in words.
suspects as (
    select
        locations.*,
        '若' || names.figure_zh || '改为 ' || {{ in_wan('locations.amount_cny') }} || ' 万元，'
            || locations.equations_for || ' 条关系同时成立'
            || case when locations.equations_against > 0 then '，' || locations.equations_against || ' 条不再成立' else '' end
            || '。' as suggestion_zh,
        ' With ' || {{ in_wan('locations.amount_cny') }} || ' 万元 in ' || names.figure_en || ', '
            || locations.equations_for || ' equations would hold'
            || case when locations.equations_against > 0 then ' and ' || locations.equations_against || ' no longer' else '' end
            || '.' as suggestion_en
    from locations
    inner join names
        on locations.document_id = names.document_id
        and locations.form = names.form
        and locations.row_key = names.row_key
        and locations.measure = names.measure
),

described as (
    select
        noticed.*,
        suspects.evaluation_id is not null as is_located,
        suspects.form as suspect_form,
        suspects.row_key as suspect_row_key,
        suspects.measure as suspect_measure,
        suspects.amount_cny as suggested_cny,
        suspects.equations_for as located_by,
        suspects.suggestion_zh,
        suspects.suggestion_en,
        own.form_zh,
        own.form_en,
        own.row_zh,
        own.row_en,
        own.figure_zh,
        own.figure_en,
        own.code_meant,
        case when noticed.other_row_key is not null then other.figure_zh end as other_zh,
        case when noticed.other_row_key is not null then other.figure_en end as other_en,
        case when ends_with(coalesce(noticed.subject, noticed.left_text), metric_labels.label_zh) then ''
            else coalesce(metric_labels.label_zh, '') end as metric_zh,
        case when ends_with(coalesce(noticed.subject, noticed.left_text), metric_labels.label_zh) then ''
            else coalesce(' (' || metric_labels.label_en || ')', '') end as metric_en,
        case when noticed.other_form <> noticed.form then other.form_zh || '相应 ' else '其 ' end
            || noticed.right_printed || ' 项之和' as parts_zh,
        'the ' || noticed.right_printed || ' parts'
            || case when noticed.other_form <> noticed.form then ' in ' || other.form_en else '' end
            || ' add up to' as parts_en,
        paper_names.told_zh,
        paper_names.told_en,
        paper_names.paper_zh,
        paper_names.paper_en,
        paper_names.other_paper_zh,
        paper_names.other_paper_en,
        {{ in_unit | replace('X', 'noticed.left_value') }} as left_amount,
        {{ in_unit | replace('X', 'noticed.right_value') }} as right_amount,
        {{ in_unit | replace('X', 'abs(noticed.difference)') }} as difference_amount,
        {{ in_unit | replace('X', 'noticed.tolerance') }} as tolerance_amount,
        string_split(
            concat_ws(
                ' ',
                case when noticed.is_extraction then 'announced' end,
                case when noticed.row_key is null then 'any_row' end,
                case when own.is_row_absent then 'row_absent' end,
                case when own.code_meant is not null then 'code_meant' end,
                case when noticed.left_text is not null then 'named' end,
                case when noticed.right_text is not null then 'other_text' end,
                case when noticed.right_text <> '' then 'listed' end,
                case when noticed.unit_meant is not null then 'unit_meant' end,
                case when noticed.left_value is null then 'nothing_left' end,
                case when noticed.right_value is null then 'nothing_right' end,
                case when noticed.left_value is null and noticed.right_value is null then 'nothing' end,
                case when noticed.other_row_key is not null then 'one_other' end,
                case when noticed.relation = 'ge' then 'at_least' end
            ),
            ' '
        ) as traits
    from noticed
    left join suspects on noticed.evaluation_id = suspects.evaluation_id
    left join names as own
        on noticed.document_id = own.document_id
        and noticed.form is not distinct from own.form
        and noticed.row_key is not distinct from own.row_key
        and noticed.measure is not distinct from own.measure
    left join names as other
        on noticed.document_id = other.document_id
        and noticed.other_form is not distinct from other.form
        and noticed.other_row_key is not distinct from other.row_key
        and noticed.other_measure is not distinct from other.measure
    left join labels as metric_labels on metric_labels.kind = 'metric' and noticed.metric = metric_labels.key
    left join paper_names
        on noticed.document_id = paper_names.document_id
        and noticed.rule_id = paper_names.rule_id
        and noticed.instance_key = paper_names.instance_key
)

select
    evaluation_id as finding_id,
    document_id,
    rule_id,
    kind,
    severity,
    responsibility,
    fault_reason,
    status,
    -- The suspect cell where one is named, else what the evaluation is about.
    case when is_located then suspect_form else form end as form,
    case when is_located then suspect_row_key else row_key end as row_key,
    case when is_located then suspect_measure else measure end as measure,
    row_key as own_row_key,
    suggested_cny,
    located_by,
    suggestion_zh,
    suggestion_en,
    left_value,
    right_value,
    coalesce(value_unit, '元') as value_unit,
    difference,
    tolerance,
    page,
    coalesce('（见第 ' || page_to_see || ' 页）', '') as place_zh,
    coalesce(' (page ' || page_to_see || ')', '') as place_en,
    traits,
    subject,
    base,
    left_text,
    right_text,
    unit_meant,
    code_meant,
    cast(n_terms as varchar) as count_text,
    cast(right_printed as varchar) as parts_count,
    left_amount,
    right_amount,
    replace(difference_amount, ' %', ' 个百分点') as difference_zh,
    replace(difference_amount, ' %', ' percentage points') as difference_en,
    case
        when status = 'rounding' then '，在四舍五入允许的 ' || replace(tolerance_amount, ' %', ' 个百分点') || '之内'
    end as excuse_zh,
    case
        when status = 'rounding'
            then ', within the ' || replace(tolerance_amount, ' %', ' percentage points') || ' that rounding explains'
    end as excuse_en,
    form_zh,
    form_en,
    row_zh,
    row_en,
    figure_zh,
    figure_en,
    other_zh,
    other_en,
    coalesce(other_zh, parts_zh) as against_zh,
    coalesce(other_en || ':', parts_en) as against_en,
    coalesce(other_zh, regexp_replace(parts_zh, '^其 ', '')) as against_label,
    metric_zh,
    metric_en,
    told_zh,
    told_en,
    paper_zh,
    paper_en,
    other_paper_zh,
    other_paper_en
from described
