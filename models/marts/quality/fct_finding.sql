{#- What fills the places of a sentence. -#}
{%- set places = {
    'form': 'form_LANGUAGE',
    'row': 'row_LANGUAGE',
    'figure': 'figure_LANGUAGE',
    'other': 'other_LANGUAGE',
    'against': 'against_LANGUAGE',
    'metric': 'metric_LANGUAGE',
    'told': 'told_LANGUAGE',
    'paper': 'paper_LANGUAGE',
    'other_paper': 'other_paper_LANGUAGE',
    'difference': 'difference_LANGUAGE',
    'excuse': 'excuse_LANGUAGE',
    'left': 'left_amount',
    'right': 'right_amount',
    'subject': 'subject',
    'base': 'base',
    'left_text': 'left_text',
    'right_text': 'right_text',
    'left_list': "replace(left_text, '、', ', ')",
    'right_list': "replace(right_text, '、', ', ')",
    'right_quoted': 'replace(right_text, \'、\', \'", "\')',
    'row_key': 'own_row_key',
    'code': "regexp_extract(own_row_key, '[0-9]+')",
    'code_meant': 'code_meant',
    'unit_meant': 'unit_meant',
    'count': 'count_text',
    'parts': 'parts_count',
} %}
{#- A label names the figure alone, without the words that lead to its parts. -#}
{%- set label_places = dict(places, against='against_label') %}
-- Grain: one finding: a rule of the seeds that one instance in one document did not meet exactly.
-- What it says is the first sentence of seeds/finding_sentence.csv that fits.
with findings as (select * from {{ ref('int_finding') }}),

sentences as (select * from {{ ref('finding_sentence') }}),

acknowledged as (select distinct finding_id from {{ ref('int_acknowledgement') }} where state = 'in_force'),

-- Patterns meet each distinct case once, whatever the number of findings.
cases as (
    select distinct rule_id, status, traits from findings
),

worded_cases as materialized (
    select
        cases.*,
        sentences.sentence_zh,
        sentences.sentence_en,
        sentences.left_label as left_label_words,
        sentences.right_label as right_label_words
    from cases
    left join sentences
        on regexp_full_match(cases.rule_id, sentences.rule_pattern)
        and regexp_full_match(cases.status, sentences.status_pattern)
        and list_has_all(
            cases.traits,
            case when coalesce(sentences.needs, '') = '' then [] else string_split(sentences.needs, ' ') end
        )
    qualify row_number() over (
        partition by cases.rule_id, cases.status, cases.traits order by cast(sentences.sentence_no as integer)
    ) = 1
),

worded as (
    select
        findings.*,
        worded_cases.sentence_zh,
        worded_cases.sentence_en,
        worded_cases.left_label_words,
        worded_cases.right_label_words
    from findings
    inner join worded_cases
        on findings.rule_id = worded_cases.rule_id
        and findings.status = worded_cases.status
        and findings.traits = worded_cases.traits
)

select
    worded.finding_id,
    worded.document_id,
    worded.rule_id,
    worded.kind,
    worded.severity,
    worded.responsibility,
    worded.form,
    worded.row_key,
    worded.measure,
    worded.suggested_cny,
    worded.located_by,
    {{ fill_sentence('left_label_words', label_places, 'zh') }} as left_label,
    worded.left_value,
    {{ fill_sentence('right_label_words', label_places, 'zh') }} as right_label,
    worded.right_value,
    worded.difference,
    worded.tolerance,
    rtrim({{ fill_sentence('sentence_zh', places, 'zh') }}, '。') || worded.place_zh || '。' || coalesce(worded.suggestion_zh, '') as explanation_zh,
    rtrim({{ fill_sentence('sentence_en', places, 'en') }}, '.') || worded.place_en || '.' || coalesce(worded.suggestion_en, '') as explanation_en,
    worded.page,
    acknowledged.finding_id is not null as acknowledged,
    worded.value_unit,
    worded.fault_reason,
    {{ finding_figures('worded') }} as figures
from worded
left join acknowledged on worded.finding_id = acknowledged.finding_id
order by worded.document_id, worded.rule_id, worded.finding_id
