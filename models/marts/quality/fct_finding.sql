-- Grain: one finding: a rule of the seeds that one instance in one document did not meet exactly.
{%- set wan = "regexp_replace(cast(cast(X * cast(0.0001 as decimal(5, 4)) as decimal(24, 6)) as varchar), '([.][0-9]{2}[0-9]*?)0+$', '\\1')" %}
with evaluations as (select * from {{ ref('int_rule_evaluation') }}),

rules as (select * from {{ ref('accounting_rule') }}),

across_documents as (select * from {{ ref('int_rule_cross_document') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

forms as (select * from {{ ref('form') }}),

labels as (select * from {{ ref('figure_label') }}),

form_lines as (select * from {{ ref('int_form_line') }}),

locations as (select * from {{ ref('int_finding_location') }}),

acknowledged as (select distinct finding_id from {{ ref('acknowledged_finding') }}),

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
        -- Within rounding both sides were read well, whatever else was garbled in those rows.
        case when evaluations.is_extraction and evaluations.status <> 'rounding' then 'extraction' else 'publisher' end
            as responsibility,
        documents.document_kind
    from evaluations
    inner join rules on evaluations.rule_id = rules.rule_id
    inner join documents on evaluations.document_id = documents.document_id
    where evaluations.status <> 'pass' and not evaluations.is_consequence
),

-- What each figure is called: the form, the row as printed, the column.
figures as (
    select document_id, document_kind, form, row_key, measure from noticed
    union
    select document_id, document_kind, other_form, other_row_key, other_measure from noticed
    union
    select locations.document_id, noticed.document_kind, locations.form, locations.row_key, locations.measure
    from locations
    inner join noticed on locations.evaluation_id = noticed.evaluation_id
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
        *,
        regexp_extract(measure, '^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$', 1) as prefix,
        regexp_extract(measure, '^((?:initial_budget_|adjusted_budget_|prior_year_|change_)*)(.*)$', 2) as base_measure
    from figures
),

named_figures as (
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
),

labelled_figures as (
    select
        *,
        form_zh || case
            when row_key is null then ''
            when measure_zh = '' then row_zh
            when row_key in ('total', 'income/total', 'expenditure/total') then measure_zh || row_zh
            else row_zh || '的' || measure_zh
        end as figure_zh,
        form_en || case when row_key is null then '' else ', ' || row_en end
            || case when measure_en = '' then '' else ', ' || measure_en end as figure_en
    from named_figures
),

labelled as (
    select
        noticed.*,
        own.form_zh,
        own.form_en,
        own.row_zh,
        own.row_en,
        own.figure_zh,
        own.figure_en,
        own.is_row_absent,
        own.code_meant,
        case when noticed.other_row_key is not null then other.figure_zh end as other_zh,
        case when noticed.other_row_key is not null then other.figure_en end as other_en,
        case when ends_with(noticed.left_text, metric_labels.label_zh) then '' else coalesce(metric_labels.label_zh, '') end
            as metric_zh,
        case when ends_with(noticed.left_text, metric_labels.label_zh) then ''
            else coalesce(' (' || metric_labels.label_en || ')', '') end as metric_en,
        case when noticed.other_form <> noticed.form then other.form_zh || '相应 ' else '其 ' end
            || noticed.right_printed || ' 项之和' as parts_zh,
        'the ' || noticed.right_printed || ' parts'
            || case when noticed.other_form <> noticed.form then ' in ' || other.form_en else '' end
            || ' add up to' as parts_en,
        {{ wan | replace('X', 'noticed.left_value') }} as left_wan,
        {{ wan | replace('X', 'noticed.right_value') }} as right_wan,
        {{ wan | replace('X', 'abs(noticed.difference)') }} as difference_wan,
        {{ wan | replace('X', 'noticed.tolerance') }} as tolerance_wan
    from noticed
    left join labelled_figures as own
        on noticed.document_id = own.document_id
        and noticed.form is not distinct from own.form
        and noticed.row_key is not distinct from own.row_key
        and noticed.measure is not distinct from own.measure
    left join labelled_figures as other
        on noticed.document_id = other.document_id
        and noticed.other_form is not distinct from other.form
        and noticed.other_row_key is not distinct from other.row_key
        and noticed.other_measure is not distinct from other.measure
    left join labels as metric_labels on metric_labels.kind = 'metric' and noticed.metric = metric_labels.key
),

-- Two papers: which they are, how each tells the figure, and the year and phase it is of.
paper_figures as (
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

with_papers as (
    select labelled.*, paper_figures.* exclude (document_id, rule_id, instance_key)
    from labelled
    left join paper_figures
        on labelled.document_id = paper_figures.document_id
        and labelled.rule_id = paper_figures.rule_id
        and labelled.instance_key = paper_figures.instance_key
),

sided as (
    select
        *,
        case
            when starts_with(rule_id, 'R-cross-document') then paper_zh || '：' || told_zh || figure_zh
            when kind = 'claim_vs_form' then '文字说明：' || left_text || metric_zh
            when left_value is not null or status = 'missing' then figure_zh
            when rule_id in ('R-code-01', 'R-code-02', 'R-identity-01', 'R-identity-02') then '印出名称'
            when rule_id in ('R-garbled-01', 'R-garbled-04') then '印出文本'
            else figure_zh
        end as left_label,
        case
            when starts_with(rule_id, 'R-cross-document') then other_paper_zh || '：' || told_zh || figure_zh
            when kind = 'claim_vs_form' then figure_zh
            when other_zh is not null then other_zh
            when kind in ('sum', 'cross_form', 'claim_arithmetic') then regexp_replace(parts_zh, '^其 ', '')
            when rule_id = 'R-code-01' then '标准名称'
            when rule_id = 'R-identity-01' then '可能的区划'
            when rule_id = 'R-identity-02' then '另一写法'
        end as right_label,
        case when status = 'rounding' then '，在四舍五入允许的 ' || tolerance_wan || ' 万元之内' else '' end as excuse_zh,
        case when status = 'rounding'
            then ', within the ' || tolerance_wan || ' 万元 that rounding explains' else ''
        end as excuse_en
    from with_papers
),

explained as (
    select
        *,
        case
            when rule_id = 'R-coverage-01' and status = 'fail' then form_zh || '没有一个数字，也没有声明为空。'
            when rule_id = 'R-coverage-01' and is_extraction then '目录列有' || form_zh || '，正文中没有读到。'
            when rule_id = 'R-coverage-01' then '没有' || form_zh || '，也没有声明为空。'
            when rule_id = 'R-coverage-02' and row_key is null then form_zh || '有数字，但没有印出合计。'
            when rule_id = 'R-coverage-02' then form_zh || '有数字，但没有印出' || row_zh || '。'
            when relation = 'beside' then form_zh || '没有印出' || row_zh || '。'
            when rule_id = 'R-level-01'
                then form_zh || '印有科目 ' || left_text || '，没有其上级科目 ' || row_key || ' 一行。'
            when rule_id = 'R-code-01'
                then form_zh || '编码 ' || regexp_extract(row_key, '[0-9]+') || ' 的名称印作“' || left_text
                    || '”，标准名称为“' || right_text || '”' || coalesce('，按名称归入 ' || code_meant, '') || '。'
            when rule_id = 'R-code-02'
                then form_zh || '的编码 ' || right_text || coalesce('“' || left_text || '”', '') || '不在科目库中，按所见收录。'
            when rule_id = 'R-garbled-01'
                then figure_zh || '读作“' || left_text || '”，已修复为 ' || left_wan || ' 万元，原文保留。'
            when rule_id = 'R-garbled-02'
                then form_zh || '有 ' || n_terms || ' 行编码不全，已按名称补全，如 ' || left_text || '。'
            when rule_id = 'R-garbled-04'
                then figure_zh || '读作 ' || left_text || '，同一页的另一种读法为 ' || right_text || '，无恒等式可判定。'
            when rule_id = 'R-garbled-05'
                then form_zh || '有 ' || n_terms || ' 个数字未能归入任何单元格，如 ' || left_text || '。'
            when rule_id = 'R-garbled-03'
                then form_zh || '有一行' || coalesce('“' || left_text || '”', '') || '的科目无法确定。'
            when rule_id = 'R-identity-01'
                then '“' || left_text || '”所在的区划' || coalesce('无法确定，可能是' || right_text, '不在名录中') || '。'
            when rule_id = 'R-identity-02'
                then '“' || left_text || '”与“' || right_text || '”写法相近，可能是同一单位，别名表没有认定。'
            when starts_with(rule_id, 'R-cross-document')
                then told_zh || figure_zh || '：' || paper_zh || '为 ' || left_wan || ' 万元，' || other_paper_zh
                    || '为 ' || right_wan || ' 万元，相差 ' || difference_wan || ' 万元' || excuse_zh || '。'
            when kind = 'claim_vs_form' and status = 'missing' and is_row_absent
                then '文字说明称' || left_text || metric_zh || ' ' || right_text || '，' || form_zh || '没有科目 '
                    || row_key || '。'
            when kind = 'claim_vs_form' and status = 'missing'
                then '文字说明称' || left_text || metric_zh || ' ' || right_text || '，' || figure_zh || '没有数字。'
            when kind = 'claim_vs_form' and unit_meant is not null
                then '文字说明称' || left_text || metric_zh || ' ' || right_text || '，' || figure_zh || '为 '
                    || right_wan || ' 万元，数字相符，单位应为' || unit_meant || '。'
            when kind = 'claim_vs_form'
                then '文字说明称' || left_text || metric_zh || ' ' || right_text || '，' || figure_zh || '为 '
                    || right_wan || ' 万元，相差 ' || difference_wan || ' 万元' || excuse_zh || '。'
            when status = 'missing' and left_value is null and right_value is null
                then figure_zh || '没有印出数字，其下有数字。'
            when status = 'missing' and left_value is null
                then figure_zh || '没有印出数字，' || coalesce(other_zh, parts_zh) || '为 '
                    || right_wan || ' 万元。'
            when status = 'missing' and right_value is null
                then figure_zh || '为 ' || left_wan || ' 万元，'
                    || coalesce(other_zh || '没有数字。', '其组成各项没有数字。')
            when status = 'missing' then figure_zh || '为 ' || left_wan || ' 万元，应与之相符的合计没有印全。'
            when relation = 'ge'
                then figure_zh || '为 ' || left_wan || ' 万元，小于'
                    || coalesce(other_zh, right_printed || ' 张财政拨款表该项之和') || '的 ' || right_wan
                    || ' 万元，相差 ' || difference_wan || ' 万元' || excuse_zh || '。'
            else figure_zh || '为 ' || left_wan || ' 万元，' || coalesce(other_zh, parts_zh)
                || '为 ' || right_wan || ' 万元，相差 ' || difference_wan || ' 万元' || excuse_zh || '。'
        end as explanation_zh,
        case
            when rule_id = 'R-coverage-01' and status = 'fail' then form_en || ' holds no amount and is not declared empty.'
            when rule_id = 'R-coverage-01' and is_extraction
                then form_en || ' is in the paper''s list of tables and was not found in the paper.'
            when rule_id = 'R-coverage-01' then form_en || ' is neither there nor declared empty.'
            when rule_id = 'R-coverage-02' then form_en || ' holds amounts and prints no total'
                || coalesce(' (' || row_en || ')', '') || '.'
            when relation = 'beside' then form_en || ' prints no ' || row_en || '.'
            when rule_id = 'R-level-01'
                then form_en || ' prints ' || left_text || ' without row ' || row_key || ' above it.'
            when rule_id = 'R-code-01'
                then form_en || ': code ' || regexp_extract(row_key, '[0-9]+') || ' is named "' || left_text
                    || '", its standard name is "' || right_text || '"'
                    || coalesce('; it is taken for ' || code_meant, '') || '.'
            when rule_id = 'R-code-02'
                then form_en || ': code ' || right_text || coalesce(' "' || left_text || '"', '')
                    || ' is not in the reference; it is kept as observed.'
            when rule_id = 'R-garbled-01'
                then figure_en || ': read as "' || left_text || '", repaired to ' || left_wan
                    || ' 万元; the text as read is kept.'
            when rule_id = 'R-garbled-02'
                then form_en || ': ' || n_terms || ' codes were cut and completed by name, such as '
                    || replace(left_text, '、', ', ') || '.'
            when rule_id = 'R-garbled-04'
                then figure_en || ': read as ' || left_text || '; another reading of the page has '
                    || replace(right_text, '、', ', ') || ', and no identity decides.'
            when rule_id = 'R-garbled-05'
                then form_en || ': ' || n_terms || ' figures are in no cell, such as ' || replace(left_text, '、', ', ') || '.'
            when rule_id = 'R-garbled-03'
                then form_en || ': neither code nor name settles the row ' || coalesce('"' || left_text || '"', '') || '.'
            when rule_id = 'R-identity-01'
                then 'The division of "' || left_text || '" is '
                    || coalesce('not settled: ' || replace(right_text, '、', ', '), 'in no list') || '.'
            when rule_id = 'R-identity-02'
                then '"' || left_text || '" and "' || replace(right_text, '、', '", "')
                    || '" may be one body; no alias says so.'
            when starts_with(rule_id, 'R-cross-document')
                then told_en || figure_en || ': ' || left_wan || ' 万元 in ' || paper_en || ', ' || right_wan
                    || ' 万元 in ' || other_paper_en || '; difference ' || difference_wan || ' 万元' || excuse_en || '.'
            when kind = 'claim_vs_form' and status = 'missing'
                then 'The text states ' || right_text || ' for "' || left_text || '"' || metric_en || '; '
                    || case when is_row_absent then form_en || ' has no row ' || row_key || '.'
                        else figure_en || ' has no amount.' end
            when kind = 'claim_vs_form'
                then 'The text states ' || right_text || ' for "' || left_text || '"' || metric_en || '; '
                    || figure_en || ': ' || right_wan || ' 万元; '
                    || coalesce(
                        'the figures agree, the unit should be ' || unit_meant,
                        'difference ' || difference_wan || ' 万元' || excuse_en
                    ) || '.'
            when status = 'missing' and left_value is null and right_value is null
                then figure_en || ' has no amount; rows below it do.'
            when status = 'missing' and left_value is null
                then figure_en || ' has no amount; ' || coalesce(other_en || ':', parts_en) || ' ' || right_wan || ' 万元.'
            when status = 'missing' and right_value is null
                then figure_en || ': ' || left_wan || ' 万元; '
                    || coalesce(other_en || ' has no amount.', 'its parts have no amounts.')
            when status = 'missing'
                then figure_en || ': ' || left_wan || ' 万元; a total it must meet is not printed in full.'
            when relation = 'ge'
                then figure_en || ': ' || left_wan || ' 万元, less than the ' || right_wan || ' 万元 of '
                    || coalesce(other_en, 'the ' || right_printed || ' fund forms') || '; difference '
                    || difference_wan || ' 万元' || excuse_en || '.'
            else figure_en || ': ' || left_wan || ' 万元; ' || coalesce(other_en || ':', parts_en) || ' ' || right_wan
                || ' 万元; difference ' || difference_wan || ' 万元' || excuse_en || '.'
        end as explanation_en
    from sided
),

-- The cell that would mend this and other equations, in words.
suspects as (
    select
        locations.*,
        '若' || figures.figure_zh || '改为 ' || {{ wan | replace('X', 'locations.amount_cny') }} || ' 万元，'
            || locations.equations_for || ' 条关系同时成立'
            || case when locations.equations_against > 0 then '，' || locations.equations_against || ' 条不再成立' else '' end
            || '。' as suggestion_zh,
        ' With ' || {{ wan | replace('X', 'locations.amount_cny') }} || ' 万元 in ' || figures.figure_en || ', '
            || locations.equations_for || ' equations would hold'
            || case when locations.equations_against > 0 then ' and ' || locations.equations_against || ' no longer' else '' end
            || '.' as suggestion_en
    from locations
    inner join labelled_figures as figures
        on locations.document_id = figures.document_id
        and locations.form = figures.form
        and locations.row_key = figures.row_key
        and locations.measure = figures.measure
)

select
    explained.evaluation_id as finding_id,
    explained.document_id,
    explained.rule_id,
    explained.kind,
    explained.severity,
    explained.responsibility,
    coalesce(suspects.form, explained.form) as form,
    case when suspects.form is null then explained.row_key else suspects.row_key end as row_key,
    case when suspects.form is null then explained.measure else suspects.measure end as measure,
    suspects.amount_cny as suggested_cny,
    suspects.equations_for as located_by,
    explained.left_label,
    explained.left_value,
    explained.right_label,
    explained.right_value,
    explained.difference,
    explained.tolerance,
    concat(explained.explanation_zh, suspects.suggestion_zh) as explanation_zh,
    concat(explained.explanation_en, suspects.suggestion_en) as explanation_en,
    explained.page,
    acknowledged.finding_id is not null as acknowledged
from explained
left join suspects on explained.evaluation_id = suspects.evaluation_id
left join acknowledged on explained.evaluation_id = acknowledged.finding_id
order by document_id, rule_id, finding_id
