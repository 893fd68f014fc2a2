-- Grain: one structural check and one subject (a document, a rule) that must satisfy it. The checks are of
-- the judging, not of the papers: where one is broken, nobody knows what the findings are worth.
with of_documents as (select * from {{ ref('int_document_check') }}),

rules as (select * from {{ ref('accounting_rule') }}),

evaluated_rules as (select distinct rule_id from {{ ref('int_rule_evaluation') }}),

checks as (
    select check_id, document_id as subject, is_met, detail from of_documents
    union all
    select 'S-rule-01', evaluated_rules.rule_id, rules.rule_id is not null, coalesce(rules.title_en, 'not in the seed')
    from evaluated_rules
    left join rules on evaluated_rules.rule_id = rules.rule_id
    union all
    select 'S-rule-02', rules.rule_id, evaluated_rules.rule_id is not null, rules.title_en
    from rules
    left join evaluated_rules on rules.rule_id = evaluated_rules.rule_id
    where rules.kind = 'coverage' and rules.scope = 'document' and coalesce(rules.relation, '') <> 'beside'
)

select
    check_id,
    subject,
    case when is_met then 'met' else 'broken' end as status,
    detail
from checks
