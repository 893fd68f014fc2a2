-- Grain: one statement of the explanation about the document's own year, in money, and one figure
-- of a form that it may mean, in the order of seeds/claim_meaning.csv.
with claims as (select * from {{ ref('int_claim') }}),

meanings as (select * from {{ ref('claim_meaning') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

own_year as (
    select
        claims.*,
        documents.document_kind,
        {{ normalise_name('claims.subject') }} as subject_normalised,
        regexp_replace({{ normalise_name('claims.project_name') }}, '(项目)+$', '') as project_key,
        case
            when claims.project_name = '部门整体支出' then 'department'
            when claims.project_name is not null then 'project'
            when length(claims.function_code) = 3 then 'class'
            when length(claims.function_code) = 5 then 'group'
            when length(claims.function_code) = 7 then 'item'
            else ''
        end as claim_level
    from claims
    inner join documents on claims.document_id = documents.document_id
    where claims.value_cny is not null and claims.year = documents.fiscal_year
),

-- Patterns meet each distinct wording once, whatever the number of documents.
wordings as (
    select distinct document_kind, section_key, claim_level, metric, subject_normalised from own_year
),

meant_by_wording as materialized (
    select
        wordings.*,
        meanings.meaning_no,
        meanings.rule_id,
        meanings.form,
        meanings.row_key,
        meanings.measure
    from wordings
    inner join meanings
        on wordings.section_key = meanings.section_key
        and wordings.claim_level = coalesce(meanings.level, '')
        and meanings.document_kind in ('any', wordings.document_kind)
        and regexp_full_match(wordings.metric, meanings.metric_pattern)
        and regexp_full_match(wordings.subject_normalised, meanings.subject_pattern)
),

-- A statement that names a code or a project means that row; one that does not, a line of its own.
-- Within a project's account only what is said of the project itself means its figures, not a part.
meant as (
    select
        own_year.*,
        meant_by_wording.meaning_no,
        meant_by_wording.rule_id,
        meant_by_wording.form,
        replace(
            replace(meant_by_wording.row_key, '{function_code}', coalesce(own_year.function_code, '')),
            '{project_name}', coalesce(own_year.project_key, '')
        ) as row_key,
        meant_by_wording.measure
    from own_year
    inner join meant_by_wording
        on own_year.document_kind is not distinct from meant_by_wording.document_kind
        and own_year.section_key = meant_by_wording.section_key
        and own_year.claim_level = meant_by_wording.claim_level
        and own_year.metric = meant_by_wording.metric
        and own_year.subject_normalised = meant_by_wording.subject_normalised
    where own_year.claim_level <> 'project'
        or regexp_replace(own_year.subject_normalised, '(项目)+$', '') = own_year.project_key
)

select
    claim_id,
    document_id,
    document_kind,
    section_key,
    subject,
    metric,
    value_printed,
    unit,
    value_cny,
    precision_cny,
    function_code,
    snippet_offset,
    page,
    meaning_no,
    rule_id,
    form,
    row_key,
    measure
from meant
