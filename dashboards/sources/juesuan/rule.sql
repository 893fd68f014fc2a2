select rule_id, kind, severity, scope, document_kind, title_zh, title_en, sentence_zh, sentence_en,
    documents_evaluated, evaluated, passed, rounded, failed, missing
from marts.dim_rule
order by rule_id
