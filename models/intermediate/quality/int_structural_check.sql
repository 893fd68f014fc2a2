-- Grain: one structural check and one subject (a document, a rule) that must satisfy it. The checks are of
-- the judging, not of the papers: where one is broken, nobody knows what the findings are worth.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

rules as (select * from {{ ref('accounting_rule') }}),

evaluations as (select * from {{ ref('int_rule_evaluation') }}),

findings as (select * from {{ ref('fct_finding') }}),

grades as (select * from {{ ref('int_document_grade') }}),

evaluated_rules as (select distinct rule_id from evaluations),

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
),

checks as (
    select
        'S-document-01' as check_id,
        documents.document_id as subject,
        evaluated_documents.document_id is not null as is_met,
        'rules evaluated' as detail
    from documents
    left join evaluated_documents on documents.document_id = evaluated_documents.document_id
    union all
    select 'S-document-02', documents.document_id, grades.grade is not null, coalesce(grades.grade, 'no grade')
    from documents
    left join grades on documents.document_id = grades.document_id
    union all
    select 'S-rule-01', evaluated_rules.rule_id, rules.rule_id is not null, coalesce(rules.title_en, 'not in the seed')
    from evaluated_rules
    left join rules on evaluated_rules.rule_id = rules.rule_id
    union all
    select 'S-rule-02', rules.rule_id, evaluated_rules.rule_id is not null, rules.title_en
    from rules
    left join evaluated_rules on rules.rule_id = evaluated_rules.rule_id
    where rules.kind = 'coverage' and rules.scope = 'document' and coalesce(rules.relation, '') <> 'beside'
    union all
    select
        'S-finding-01',
        evaluated_documents.document_id,
        evaluated_documents.breaches = coalesce(explained_documents.explained, 0),
        evaluated_documents.breaches || ' breaches, '
            || coalesce(explained_documents.explained, 0) || ' findings explained'
    from evaluated_documents
    left join explained_documents on evaluated_documents.document_id = explained_documents.document_id
)

select
    check_id,
    subject,
    case when is_met then 'met' else 'broken' end as status,
    detail
from checks
