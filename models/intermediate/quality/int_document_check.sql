-- Grain: one structural check of the judging and one document in use.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

evaluations as (select * from {{ ref('int_rule_evaluation') }}),

findings as (select * from {{ ref('fct_finding') }}),

grades as (select * from {{ ref('int_document_grade') }}),

evaluated_documents as (
    select document_id, count(*) filter (where status <> 'pass' and not is_consequence) as breaches
    from evaluations
    group by document_id
),

explained_documents as (
    select
        document_id,
        count(*) filter (
            where explanation_zh is not null and explanation_en is not null and responsibility is not null
        ) as explained
    from findings
    group by document_id
)

select
    documents.document_id,
    'S-document-01' as check_id,
    evaluated_documents.document_id is not null as is_met,
    'rules evaluated' as detail
from documents
left join evaluated_documents on documents.document_id = evaluated_documents.document_id
union all
select documents.document_id, 'S-document-02', grades.grade is not null, coalesce(grades.grade, 'no grade')
from documents
left join grades on documents.document_id = grades.document_id
union all
select
    evaluated_documents.document_id,
    'S-finding-01',
    evaluated_documents.breaches = coalesce(explained_documents.explained, 0),
    evaluated_documents.breaches || ' breaches, ' || coalesce(explained_documents.explained, 0) || ' findings explained'
from evaluated_documents
left join explained_documents on evaluated_documents.document_id = explained_documents.document_id
