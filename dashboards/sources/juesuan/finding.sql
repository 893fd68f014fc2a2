-- optional: papers may be without fault.
-- Rows of fct_finding by department_id.
select
    finding.finding_id, department.current_department_id as department_id, document.department_name,
    document.district_code, document.district_name, document.fiscal_year, document.document_kind,
    finding.document_id, finding.rule_id, rule.title_zh as rule_title, finding.kind, finding.severity,
    finding.responsibility, finding.form, finding.row_key, finding.measure, finding.left_label, finding.left_value,
    finding.right_label, finding.right_value, finding.difference, finding.tolerance, finding.explanation_zh,
    finding.explanation_en, finding.page, finding.acknowledged
from marts.fct_finding as finding
inner join marts.dim_document as document on finding.document_id = document.document_id
left join marts.dim_department as department on document.department_id = department.department_id
left join marts.dim_rule as rule on finding.rule_id = rule.rule_id
order by department.current_department_id, document.fiscal_year, finding.document_id, finding.severity,
    finding.finding_id
