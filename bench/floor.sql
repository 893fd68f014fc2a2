-- The floor: the figures of the marts by one plain script, without dbt, without tests, contracts, repair or
-- provenance, as an analyst would write it once for papers known to be read well.
--
-- It computes, from the ledger and the seeds: the documents with their divisions; every figure of the nine
-- forms in yuan under its row and column; the tidy tables of expenditure, income, basic expenditure, three
-- public expenses, claims and projects; the sums, cross-form, claim and self-evaluation rules that the made
-- papers evaluate; and the totals of body, district, year, function, economic code, three public expenses,
-- execution, peers and findings. It does not: resolve codes that are cut or misprinted, compare papers with
-- each other, hold what the text says of projects against their tables, locate errors, repair, word
-- findings, harmonise codes, follow bodies through changes of name, grade, or keep versions.
--
-- Variable: root. The ledger is attached as ledger.

CREATE SCHEMA plain;

-- Documents ---------------------------------------------------------------------------------------

CREATE TABLE plain.division AS
WITH divisions AS (FROM read_csv(getvariable('root') || '/seeds/district.csv', all_varchar = true))
SELECT divisions.district_code, divisions.name_zh AS name, cities.name_zh AS city_name
FROM divisions
INNER JOIN divisions AS cities ON divisions.city_code = cities.district_code
WHERE divisions.valid_to IS NULL;

CREATE TABLE plain.document AS
SELECT
    left(document.sha256, 16) AS document_id,
    document.sha256,
    document.document_kind,
    document.fiscal_year,
    division.district_code,
    regexp_replace(document.department_name, '（.*$', '') AS body_name,
    CASE document.document_kind WHEN 'budget' THEN 'initial_budget' ELSE 'final' END AS phase,
    CASE document.document_kind WHEN 'budget' THEN 'budget' ELSE 'final_actual' END AS own_metric
FROM ledger.raw.document AS document
LEFT JOIN plain.division AS division
    ON document.district_name = division.name AND document.city_name = division.city_name
WHERE document.status = 'loaded'
QUALIFY row_number() OVER (PARTITION BY document.sha256 ORDER BY document.loaded_at DESC) = 1;

-- Figures of forms --------------------------------------------------------------------------------

CREATE TABLE plain.class_name AS
SELECT name_zh AS name, min(code) AS code
FROM read_csv(getvariable('root') || '/seeds/classification_function.csv', all_varchar = true)
WHERE level = 'class'
GROUP BY ALL;

CREATE TABLE plain.line AS
SELECT
    document.document_id, line.form, line.table_no, line.row_no, line.block_no, line.row_name,
    coalesce(line.code_printed, class_name.code) AS code,
    coalesce(line.side || '/', '') || coalesce(line.line, line.code_printed, class_name.code, line.row_name) AS row_key
FROM ledger.raw.form_line AS line
INNER JOIN plain.document AS document ON line.sha256 = document.sha256
LEFT JOIN plain.class_name AS class_name
    ON line.side = 'expenditure' AND line.line IS NULL AND line.row_name = class_name.name;

CREATE TABLE plain.cell AS
SELECT
    document.document_id, document.phase, document.fiscal_year, cell.form, line.row_key, line.code, cell.measure,
    cast(cell.amount * CASE cell.unit_printed WHEN '万元' THEN 10000 ELSE 1 END AS decimal(20, 2)) AS amount_cny,
    cast(CASE cell.unit_printed WHEN '万元' THEN 10000 ELSE 1 END * 0.01 AS decimal(20, 2)) AS precision_cny,
    cell.page
FROM ledger.raw.form_cell AS cell
INNER JOIN plain.document AS document ON cell.sha256 = document.sha256
INNER JOIN plain.line AS line
    ON document.document_id = line.document_id AND cell.form = line.form AND cell.table_no = line.table_no
    AND cell.row_no = line.row_no AND cell.block_no = line.block_no;

CREATE TABLE plain.expenditure AS
SELECT
    document_id, fiscal_year, phase,
    CASE form WHEN 'expenditure' THEN 'all' WHEN 'general_public_expenditure' THEN 'general_public' ELSE form END AS fund,
    measure AS nature,
    row_key AS function_code,
    amount_cny,
    CASE
        WHEN row_key = 'total' THEN 'total'
        WHEN max(length(row_key)) OVER below > length(row_key) THEN 'subtotal'
        ELSE 'detail'
    END AS row_role
FROM plain.cell
WHERE form IN ('expenditure', 'general_public_expenditure', 'government_fund', 'state_capital')
    AND measure IN ('total', 'basic', 'project')
-- The row behind a code, in the order of codes, is below it if it begins with it.
WINDOW below AS (
    PARTITION BY document_id, form, measure, CASE WHEN row_key = 'total' THEN '' ELSE left(row_key, 3) END
    ORDER BY row_key ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING
);

CREATE TABLE plain.income AS
SELECT document_id, fiscal_year, phase, row_key, measure AS income_kind, amount_cny
FROM plain.cell
WHERE form = 'income';

CREATE TABLE plain.basic_expenditure AS
SELECT document_id, fiscal_year, phase, row_key, code AS economic_code, amount_cny
FROM plain.cell
WHERE form = 'basic_expenditure';

CREATE TABLE plain.three_public AS
SELECT document_id, fiscal_year, row_key, measure AS expense, amount_cny
FROM plain.cell
WHERE form = 'three_public';

-- Statements and projects --------------------------------------------------------------------------

CREATE TABLE plain.function_name AS
SELECT code, name_zh AS name
FROM read_csv(getvariable('root') || '/seeds/classification_function.csv', all_varchar = true);

CREATE TABLE plain.claim AS
WITH paths AS (
    SELECT DISTINCT class_name, group_name, item_name FROM ledger.raw.claim WHERE class_name IS NOT NULL
),

codes AS (
    SELECT paths.class_name, paths.group_name, paths.item_name,
        min(coalesce(items.code, groups.code, classes.code)) AS code
    FROM paths
    INNER JOIN plain.function_name AS classes ON length(classes.code) = 3 AND paths.class_name = classes.name
    LEFT JOIN plain.function_name AS groups
        ON length(groups.code) = 5 AND starts_with(groups.code, classes.code) AND paths.group_name = groups.name
    LEFT JOIN plain.function_name AS items
        ON length(items.code) = 7 AND starts_with(items.code, groups.code) AND paths.item_name = items.name
    WHERE (paths.group_name IS NULL) = (groups.code IS NULL) AND (paths.item_name IS NULL) = (items.code IS NULL)
    GROUP BY ALL
)

SELECT
    document.document_id, document.document_kind, document.fiscal_year, claim.section_key, claim.metric, claim.year,
    translate(claim.subject, '“”', '""') AS subject, claim.base, claim.value, claim.decimals, claim.unit,
    claim.project_name, claim.snippet_offset, claim.value_offset, codes.code AS function_code,
    CASE WHEN claim.unit = '万元' THEN cast(claim.value * 10000 AS decimal(20, 2)) END AS value_cny,
    CASE WHEN claim.unit = '万元' THEN cast(10000 * power(10, -claim.decimals) AS decimal(20, 2)) END AS precision_cny
FROM ledger.raw.claim AS claim
INNER JOIN plain.document AS document ON claim.sha256 = document.sha256
LEFT JOIN codes
    ON claim.class_name = codes.class_name AND claim.group_name IS NOT DISTINCT FROM codes.group_name
    AND claim.item_name IS NOT DISTINCT FROM codes.item_name;

CREATE TABLE plain.project AS
SELECT document.document_id, project.project_no, project.source, project.project_name,
    cast(project.budget * 10000 AS decimal(20, 2)) AS budget_cny,
    cast(project.executed * 10000 AS decimal(20, 2)) AS executed_cny,
    project.execution_rate_pct, project.execution_weight, project.execution_score, project.total_score
FROM ledger.raw.project AS project
INNER JOIN plain.document AS document ON project.sha256 = document.sha256;

-- Rules --------------------------------------------------------------------------------------------

-- Sums down a form: each row is the sum of the rows right below it.
CREATE TABLE plain.check_down AS
WITH children AS (
    SELECT document_id, form, measure,
        CASE WHEN length(row_key) > 3 THEN left(row_key, length(row_key) - 2) ELSE 'total' END AS row_key,
        sum(amount_cny) AS parts, sum(precision_cny) AS parts_precision, count(*) AS part_count
    FROM plain.cell
    WHERE regexp_full_match(row_key, '[0-9]+')
        AND form IN ('income', 'expenditure', 'general_public_expenditure', 'government_fund', 'state_capital',
            'basic_expenditure')
    GROUP BY ALL
)

SELECT
    children.document_id,
    CASE children.form
        WHEN 'income' THEN CASE length(row_key) WHEN 5 THEN 'R-income-02' WHEN 3 THEN 'R-income-03' END
        WHEN 'basic_expenditure' THEN 'R-basic-01'
    END AS rule_id,
    children.form, row_key, measure, cell.amount_cny AS left_value, parts AS right_value,
    0.5 * (cell.precision_cny + parts_precision) AS tolerance
FROM children
INNER JOIN plain.cell AS cell USING (document_id, form, row_key, measure);

UPDATE plain.check_down SET rule_id = CASE
    WHEN form = 'basic_expenditure' THEN 'R-basic-01'
    ELSE CASE form WHEN 'income' THEN 'R-income-0' WHEN 'expenditure' THEN 'R-expenditure-0'
        WHEN 'general_public_expenditure' THEN 'R-general-0' WHEN 'government_fund' THEN 'R-fund-0'
        ELSE 'R-capital-0' END
        || (CASE form WHEN 'income' THEN 2 WHEN 'expenditure' THEN 2 WHEN 'state_capital' THEN 2 ELSE 3 END
            + CASE length(row_key) WHEN 3 THEN 1 WHEN 5 THEN CASE WHEN row_key = 'total' THEN 0 ELSE 2 END END)
    END;

-- Sums along a row.
CREATE TABLE plain.check_along AS
WITH parts (rule_id, form, measure, sign) AS (
    FROM (VALUES
        ('R-income-01', 'income', 'total', 1), ('R-income-01', 'income', 'fiscal_appropriation', -1),
        ('R-income-01', 'income', 'general_public', -1), ('R-income-01', 'income', 'government_fund', -1),
        ('R-income-01', 'income', 'state_capital', -1), ('R-income-01', 'income', 'other', -1),
        ('R-expenditure-01', 'expenditure', 'total', 1), ('R-expenditure-01', 'expenditure', 'basic', -1),
        ('R-expenditure-01', 'expenditure', 'project', -1),
        ('R-general-01', 'general_public_expenditure', 'total', 1),
        ('R-general-01', 'general_public_expenditure', 'basic', -1),
        ('R-general-01', 'general_public_expenditure', 'project', -1),
        ('R-fund-02', 'government_fund', 'total', 1), ('R-fund-02', 'government_fund', 'project', -1),
        ('R-capital-01', 'state_capital', 'total', 1), ('R-capital-01', 'state_capital', 'project', -1),
        ('R-appropriation-06', 'appropriation_summary', 'total', 1),
        ('R-appropriation-06', 'appropriation_summary', 'general_public', -1),
        ('R-appropriation-06', 'appropriation_summary', 'government_fund', -1),
        ('R-appropriation-06', 'appropriation_summary', 'state_capital', -1),
        ('R-three-01', 'three_public', 'total', 1), ('R-three-01', 'three_public', 'overseas', -1),
        ('R-three-01', 'three_public', 'vehicle_total', -1), ('R-three-01', 'three_public', 'reception', -1),
        ('R-three-02', 'three_public', 'vehicle_total', 1), ('R-three-02', 'three_public', 'vehicle_purchase', -1),
        ('R-three-02', 'three_public', 'vehicle_operation', -1)
    )
)

SELECT cell.document_id, parts.rule_id, cell.form, cell.row_key, cast(NULL AS varchar) AS measure,
    sum(amount_cny) FILTER (sign = 1) AS left_value, coalesce(sum(amount_cny) FILTER (sign = -1), 0) AS right_value,
    0.5 * sum(precision_cny) AS tolerance
FROM plain.cell AS cell
INNER JOIN parts ON cell.form = parts.form AND cell.measure = parts.measure
GROUP BY ALL
HAVING count(*) FILTER (sign = 1) > 0;

-- Equations between rows of one or two forms.
CREATE TABLE plain.check_across AS
WITH terms (rule_id, kind, sign, form, row_key, measure) AS (
    FROM (VALUES
        ('R-summary-01', 'any', 1, 'income_expenditure_summary', 'income/current_year_total', 'amount'),
        ('R-summary-01', 'any', -1, 'income_expenditure_summary', 'income/general_public_appropriation', 'amount'),
        ('R-summary-01', 'any', -1, 'income_expenditure_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-summary-01', 'any', -1, 'income_expenditure_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-summary-01', 'any', -1, 'income_expenditure_summary', 'income/other_income', 'amount'),
        ('R-summary-02', 'any', 1, 'income_expenditure_summary', 'income/total', 'amount'),
        ('R-summary-02', 'any', -1, 'income_expenditure_summary', 'income/current_year_total', 'amount'),
        ('R-summary-02', 'any', -1, 'income_expenditure_summary', 'income/opening_balance', 'amount'),
        ('R-summary-03', 'any', 1, 'income_expenditure_summary', 'expenditure/current_year_total', 'amount'),
        ('R-summary-03', 'any', -1, 'income_expenditure_summary', 'expenditure/@class', 'amount'),
        ('R-summary-04', 'any', 1, 'income_expenditure_summary', 'expenditure/total', 'amount'),
        ('R-summary-04', 'any', -1, 'income_expenditure_summary', 'expenditure/current_year_total', 'amount'),
        ('R-summary-04', 'any', -1, 'income_expenditure_summary', 'expenditure/closing_balance', 'amount'),
        ('R-summary-05', 'any', 1, 'income_expenditure_summary', 'income/total', 'amount'),
        ('R-summary-05', 'any', -1, 'income_expenditure_summary', 'expenditure/total', 'amount'),
        ('R-appropriation-01', 'any', 1, 'appropriation_summary', 'income/current_year_total', 'amount'),
        ('R-appropriation-01', 'any', -1, 'appropriation_summary', 'income/general_public_appropriation', 'amount'),
        ('R-appropriation-01', 'any', -1, 'appropriation_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-appropriation-01', 'any', -1, 'appropriation_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-appropriation-02', 'any', 1, 'appropriation_summary', 'income/opening_balance', 'amount'),
        ('R-appropriation-02', 'any', -1, 'appropriation_summary', 'income/opening_balance_general_public', 'amount'),
        ('R-appropriation-03', 'any', 1, 'appropriation_summary', 'income/total', 'amount'),
        ('R-appropriation-03', 'any', -1, 'appropriation_summary', 'income/current_year_total', 'amount'),
        ('R-appropriation-03', 'any', -1, 'appropriation_summary', 'income/opening_balance', 'amount'),
        ('R-appropriation-07', 'any', 1, 'appropriation_summary', 'income/total', 'amount'),
        ('R-appropriation-07', 'any', -1, 'appropriation_summary', 'expenditure/total', 'total'),
        ('R-basic-02', 'any', 1, 'basic_expenditure', 'personnel_total', 'amount'),
        ('R-basic-02', 'any', -1, 'basic_expenditure', '301', 'amount'),
        ('R-basic-02', 'any', -1, 'basic_expenditure', '303', 'amount'),
        ('R-basic-03', 'any', 1, 'basic_expenditure', 'public_total', 'amount'),
        ('R-basic-03', 'any', -1, 'basic_expenditure', '302', 'amount'),
        ('R-basic-03', 'any', -1, 'basic_expenditure', '310', 'amount'),
        ('R-cross-01', 'final_account', 1, 'income', 'total', 'total'),
        ('R-cross-01', 'final_account', -1, 'income_expenditure_summary', 'income/current_year_total', 'amount'),
        ('R-cross-02', 'budget', 1, 'income', 'total', 'total'),
        ('R-cross-02', 'budget', -1, 'income_expenditure_summary', 'income/total', 'amount'),
        ('R-cross-03', 'final_account', 1, 'income', 'total', 'fiscal_appropriation'),
        ('R-cross-03', 'final_account', -1, 'income_expenditure_summary', 'income/general_public_appropriation', 'amount'),
        ('R-cross-03', 'final_account', -1, 'income_expenditure_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-cross-03', 'final_account', -1, 'income_expenditure_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-cross-08', 'any', 1, 'income', 'total', 'other'),
        ('R-cross-08', 'any', -1, 'income_expenditure_summary', 'income/other_income', 'amount'),
        ('R-cross-09', 'budget', 1, 'income', 'total', 'general_public'),
        ('R-cross-09', 'budget', -1, 'income_expenditure_summary', 'income/general_public_appropriation', 'amount'),
        ('R-cross-10', 'budget', 1, 'income', 'total', 'government_fund'),
        ('R-cross-10', 'budget', -1, 'income_expenditure_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-cross-11', 'budget', 1, 'income', 'total', 'state_capital'),
        ('R-cross-11', 'budget', -1, 'income_expenditure_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-cross-14', 'any', 1, 'expenditure', 'total', 'total'),
        ('R-cross-14', 'any', -1, 'income_expenditure_summary', 'expenditure/current_year_total', 'amount'),
        ('R-cross-16', 'any', 1, 'appropriation_summary', 'income/general_public_appropriation', 'amount'),
        ('R-cross-16', 'any', -1, 'income_expenditure_summary', 'income/general_public_appropriation', 'amount'),
        ('R-cross-17', 'any', 1, 'appropriation_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-cross-17', 'any', -1, 'income_expenditure_summary', 'income/government_fund_appropriation', 'amount'),
        ('R-cross-18', 'any', 1, 'appropriation_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-cross-18', 'any', -1, 'income_expenditure_summary', 'income/state_capital_appropriation', 'amount'),
        ('R-cross-20', 'any', 1, 'general_public_expenditure', 'total', 'total'),
        ('R-cross-20', 'any', -1, 'appropriation_summary', 'expenditure/current_year_total', 'general_public'),
        ('R-cross-22', 'any', 1, 'government_fund', 'total', 'total'),
        ('R-cross-22', 'any', -1, 'appropriation_summary', 'expenditure/current_year_total', 'government_fund'),
        ('R-cross-24', 'any', 1, 'state_capital', 'total', 'total'),
        ('R-cross-24', 'any', -1, 'appropriation_summary', 'expenditure/current_year_total', 'state_capital'),
        ('R-cross-25', 'any', 1, 'general_public_expenditure', 'total', 'basic'),
        ('R-cross-25', 'any', -1, 'basic_expenditure', 'personnel_total', 'amount'),
        ('R-cross-25', 'any', -1, 'basic_expenditure', 'public_total', 'amount')
    )
),

keyed AS (
    SELECT *, CASE WHEN regexp_full_match(row_key, 'expenditure/[0-9]{3}') THEN 'expenditure/@class' ELSE row_key END AS key
    FROM plain.cell
)

SELECT keyed.document_id, terms.rule_id, cast(NULL AS varchar) AS form, cast(NULL AS varchar) AS row_key,
    cast(NULL AS varchar) AS measure,
    sum(amount_cny) FILTER (sign = 1) AS left_value, coalesce(sum(amount_cny) FILTER (sign = -1), 0) AS right_value,
    0.5 * sum(precision_cny) AS tolerance
FROM keyed
INNER JOIN plain.document AS document ON keyed.document_id = document.document_id
INNER JOIN terms
    ON keyed.form = terms.form AND keyed.key = terms.row_key AND keyed.measure = terms.measure
    AND terms.kind IN ('any', document.document_kind)
GROUP BY ALL
HAVING count(*) FILTER (sign = 1) > 0 AND count(*) FILTER (sign = -1) > 0;

-- The columns of the appropriation summary add up like its total, and classes are the same in two forms.
CREATE TABLE plain.check_classes AS
WITH class_sums AS (
    SELECT document_id, measure, sum(amount_cny) AS parts, sum(precision_cny) AS parts_precision
    FROM plain.cell
    WHERE form = 'appropriation_summary' AND regexp_full_match(row_key, 'expenditure/[0-9]{3}')
    GROUP BY ALL
),

pairs (rule_id, form, measure, other_form, other_measure) AS (
    FROM (VALUES
        ('R-cross-15', 'expenditure', 'total', 'income_expenditure_summary', 'amount'),
        ('R-cross-19', 'general_public_expenditure', 'total', 'appropriation_summary', 'general_public'),
        ('R-cross-21', 'government_fund', 'total', 'appropriation_summary', 'government_fund'),
        ('R-cross-23', 'state_capital', 'total', 'appropriation_summary', 'state_capital')
    )
)

SELECT document_id, 'R-appropriation-04' AS rule_id, form, row_key, measure, amount_cny AS left_value,
    parts AS right_value, 0.5 * (precision_cny + parts_precision) AS tolerance
FROM plain.cell
INNER JOIN class_sums USING (document_id, measure)
WHERE form = 'appropriation_summary' AND row_key = 'expenditure/current_year_total'
UNION ALL
SELECT own.document_id, 'R-appropriation-05', own.form, own.row_key, own.measure, own.amount_cny, sum(parts.amount_cny),
    0.5 * (any_value(own.precision_cny) + sum(parts.precision_cny))
FROM plain.cell AS own
INNER JOIN plain.cell AS parts
    ON own.document_id = parts.document_id AND own.form = parts.form AND own.measure = parts.measure
    AND parts.row_key IN ('expenditure/current_year_total', 'expenditure/closing_balance')
WHERE own.form = 'appropriation_summary' AND own.row_key = 'expenditure/total'
GROUP BY ALL
UNION ALL
SELECT own.document_id, pairs.rule_id, own.form, own.row_key, own.measure, own.amount_cny, other.amount_cny,
    0.5 * (own.precision_cny + other.precision_cny)
FROM plain.cell AS own
INNER JOIN pairs ON own.form = pairs.form AND own.measure = pairs.measure
INNER JOIN plain.cell AS other
    ON own.document_id = other.document_id AND pairs.other_form = other.form AND pairs.other_measure = other.measure
    AND 'expenditure/' || own.row_key = other.row_key
WHERE length(own.row_key) = 3;

-- An item's expenditure covers what appropriations pay of it.
CREATE TABLE plain.check_cover AS
SELECT own.document_id, 'R-cross-28' AS rule_id, own.form, own.row_key, own.measure, own.amount_cny AS left_value,
    sum(parts.amount_cny) AS right_value, 0.5 * (any_value(own.precision_cny) + sum(parts.precision_cny)) AS tolerance
FROM plain.cell AS own
INNER JOIN plain.cell AS parts
    ON own.document_id = parts.document_id AND own.row_key = parts.row_key AND parts.measure = 'total'
    AND parts.form IN ('general_public_expenditure', 'government_fund', 'state_capital')
WHERE own.form = 'expenditure' AND own.measure = 'total' AND length(own.row_key) = 7
GROUP BY ALL
HAVING sum(parts.amount_cny) > own.amount_cny;

-- What the text says against the forms, by the same list of meanings.
CREATE TABLE plain.check_claim AS
WITH meanings AS (
    FROM read_csv(getvariable('root') || '/seeds/claim_meaning.csv', all_varchar = true)
),

levelled AS (
    SELECT *,
        CASE
            WHEN project_name IS NOT NULL THEN 'project'
            WHEN length(function_code) = 3 THEN 'class'
            WHEN length(function_code) = 7 THEN 'item'
            ELSE ''
        END AS level
    FROM plain.claim
    WHERE value_cny IS NOT NULL AND year = fiscal_year
),

wordings AS (SELECT DISTINCT document_kind, section_key, level, metric, subject FROM levelled),

meant AS (
    SELECT wordings.*, meanings.rule_id, meanings.form, meanings.row_key, meanings.measure,
        cast(meanings.meaning_no AS integer) AS meaning_no
    FROM wordings
    INNER JOIN meanings
        ON wordings.section_key = meanings.section_key AND wordings.level = coalesce(meanings.level, '')
        AND meanings.document_kind IN ('any', wordings.document_kind)
        AND regexp_full_match(wordings.metric, meanings.metric_pattern)
        AND regexp_full_match(wordings.subject, meanings.subject_pattern)
),

amounts AS (
    SELECT document_id, form, row_key, measure, amount_cny, precision_cny FROM plain.cell
    UNION ALL
    SELECT document_id, 'project_performance', 'project:' || project_name, 'executed', executed_cny, 100
    FROM plain.project WHERE source = 'self_evaluation'
    UNION ALL
    SELECT document_id, 'project_performance', 'project:' || project_name, 'budget', budget_cny, 100
    FROM plain.project WHERE source = 'self_evaluation'
)

SELECT levelled.document_id, meant.rule_id, meant.form, amounts.row_key, meant.measure,
    levelled.value_cny AS left_value, amounts.amount_cny AS right_value,
    0.5 * (levelled.precision_cny + amounts.precision_cny) AS tolerance
FROM levelled
INNER JOIN meant USING (document_kind, section_key, level, metric, subject)
INNER JOIN amounts
    ON levelled.document_id = amounts.document_id AND meant.form = amounts.form AND meant.measure = amounts.measure
    AND replace(replace(meant.row_key, '{function_code}', coalesce(levelled.function_code, '')),
        '{project_name}', coalesce(levelled.project_name, '')) = amounts.row_key
QUALIFY row_number() OVER (
    PARTITION BY levelled.document_id, levelled.section_key, levelled.snippet_offset, levelled.subject, levelled.metric
    ORDER BY meant.meaning_no
) = 1;

-- Percentages of the text, procurement, and self-evaluations.
CREATE TABLE plain.check_arithmetic AS
WITH figures AS (
    SELECT *, coalesce(function_code, subject) AS thing FROM plain.claim WHERE project_name IS NULL
),

changes AS (
    SELECT percentage.document_id, 'R-arithmetic-01' AS rule_id, percentage.value AS left_value,
        100 * change.value / nullif(whole.value - change.value, 0) AS right_value,
        0.05 + 2 / abs(nullif(whole.value - change.value, 0)) AS tolerance
    FROM figures AS percentage
    INNER JOIN figures AS change
        ON percentage.document_id = change.document_id AND percentage.snippet_offset = change.snippet_offset
        AND percentage.thing = change.thing AND change.metric = 'yoy_change'
    INNER JOIN figures AS whole
        ON percentage.document_id = whole.document_id AND percentage.section_key = whole.section_key
        AND percentage.thing = whole.thing AND whole.metric IN ('final_actual', 'budget')
        AND whole.snippet_offset <= percentage.snippet_offset
    WHERE percentage.metric = 'yoy_pct'
    QUALIFY row_number() OVER (
        PARTITION BY percentage.document_id, percentage.snippet_offset, percentage.thing
        ORDER BY whole.snippet_offset DESC
    ) = 1
),

completions AS (
    SELECT percentage.document_id, 'R-arithmetic-03', percentage.value, 100 * actual.value / nullif(budget.value, 0),
        0.05 + 1 / nullif(budget.value, 0)
    FROM figures AS percentage
    INNER JOIN figures AS actual
        ON percentage.document_id = actual.document_id AND percentage.snippet_offset = actual.snippet_offset
        AND percentage.thing = actual.thing AND actual.metric = 'final_actual'
    INNER JOIN figures AS budget
        ON percentage.document_id = budget.document_id AND percentage.snippet_offset = budget.snippet_offset
        AND percentage.thing = budget.thing AND budget.metric = 'initial_budget'
    WHERE percentage.metric = 'completion_pct'
),

sums AS (
    SELECT claim.document_id, 'R-arithmetic-05',
        max(claim.value) FILTER (part = 'whole') AS whole, sum(claim.value) FILTER (part = 'part'),
        0.005 * count(*)
    FROM plain.claim
    INNER JOIN (VALUES
        ('expenditure', '支出合计', 'whole'), ('expenditure', '支出预算', 'whole'), ('expenditure', '基本支出', 'part'),
        ('expenditure', '项目支出', 'part'),
        ('basic', '一般公共预算财政拨款基本支出', 'whole'), ('basic', '一般公共预算基本支出', 'whole'),
        ('basic', '人员经费', 'part'), ('basic', '公用经费', 'part'),
        ('three_public', '"三公"经费财政拨款支出', 'whole'), ('three_public', '"三公"经费', 'whole'),
        ('three_public', '因公出国（境）费', 'part'), ('three_public', '公务用车购置及运行费', 'part'),
        ('three_public', '公务接待费', 'part')
    ) AS wording (section_key, subject, part)
        ON claim.section_key = wording.section_key AND claim.subject = wording.subject
    WHERE claim.metric IN ('final_actual', 'budget', 'adjusted_budget') AND claim.unit = '万元'
    GROUP BY claim.document_id, claim.section_key, claim.metric
    HAVING whole IS NOT NULL
),

procurement AS (
    SELECT document_id, 'R-procurement-01', max(value_cny) FILTER (subject = '政府采购支出总额'),
        sum(value_cny) FILTER (subject IN ('政府采购货物支出', '政府采购工程支出', '政府采购服务支出')),
        0.5 * sum(precision_cny) FILTER (subject LIKE '政府采购%')
    FROM plain.claim
    WHERE section_key = 'procurement' AND metric IN ('final_actual', 'budget')
    GROUP BY document_id
),

evaluations AS (
    SELECT document_id, 'R-performance-01', execution_rate_pct, 100 * executed_cny / budget_cny, 0.005
    FROM plain.project
    UNION ALL
    SELECT document_id, 'R-performance-02', execution_score, execution_weight * executed_cny / budget_cny, 0.006
    FROM plain.project
    UNION ALL
    SELECT project.document_id, 'R-performance-03', any_value(project.total_score),
        any_value(project.execution_score) + sum(indicator.score), 0.01
    FROM plain.project AS project
    INNER JOIN plain.document AS document ON project.document_id = document.document_id
    INNER JOIN ledger.raw.indicator AS indicator
        ON document.sha256 = indicator.sha256 AND project.project_no = indicator.project_no
    GROUP BY project.document_id, project.project_no
)

SELECT document_id, rule_id, left_value::double AS left_value, right_value::double AS right_value,
    tolerance::double AS tolerance
FROM (
    SELECT * FROM changes UNION ALL SELECT * FROM completions UNION ALL SELECT * FROM sums
    UNION ALL SELECT * FROM procurement
    UNION ALL SELECT * FROM evaluations
);

CREATE TABLE plain.finding AS
SELECT document_id, rule_id, form, row_key, measure, left_value, right_value,
    concat_ws(' ', rule_id, form, row_key, measure) || ': ' || left_value || ' <> ' || right_value AS explanation
FROM (
    FROM plain.check_down UNION ALL BY NAME FROM plain.check_along UNION ALL BY NAME FROM plain.check_across
    UNION ALL BY NAME FROM plain.check_classes UNION ALL BY NAME FROM plain.check_cover
    UNION ALL BY NAME FROM plain.check_claim
    UNION ALL BY NAME SELECT * FROM plain.check_arithmetic
)
-- As doubles 84.12 and 84.115 are more than 0.005 apart.
WHERE round(abs(left_value - right_value), 6) > tolerance;

-- Totals -------------------------------------------------------------------------------------------

CREATE TABLE plain.department_year AS
SELECT
    document.district_code, document.body_name, document.fiscal_year, document.phase,
    max(amount_cny) FILTER (form = 'income_expenditure_summary' AND row_key = 'income/total') AS total_cny,
    max(amount_cny) FILTER (form = 'income' AND row_key = 'total' AND measure = 'total') AS income_cny,
    max(amount_cny) FILTER (form = 'expenditure' AND row_key = 'total' AND measure = 'total') AS expenditure_cny,
    max(amount_cny) FILTER (form = 'expenditure' AND row_key = 'total' AND measure = 'basic') AS basic_cny,
    max(amount_cny) FILTER (form = 'expenditure' AND row_key = 'total' AND measure = 'project') AS project_cny,
    max(amount_cny) FILTER (form = 'general_public_expenditure' AND row_key = 'total' AND measure = 'total')
        AS general_public_cny,
    max(amount_cny) FILTER (form = 'basic_expenditure' AND row_key = 'personnel_total') AS personnel_cny,
    max(amount_cny) FILTER (form = 'three_public' AND measure = 'total'
        AND row_key = CASE document.document_kind WHEN 'budget' THEN 'budget' ELSE 'actual' END) AS three_public_cny
FROM plain.cell AS cell
INNER JOIN plain.document AS document ON cell.document_id = document.document_id
GROUP BY ALL;

CREATE TABLE plain.department_change AS
SELECT years.*, previous.expenditure_cny AS previous_expenditure_cny,
    years.expenditure_cny - previous.expenditure_cny AS expenditure_change_cny,
    rank() OVER peers AS peer_rank, percent_rank() OVER peers AS peer_percentile, count(*) OVER peer_group AS peer_count,
    median(years.expenditure_cny) OVER peer_group AS peer_median_cny
FROM (
    SELECT department_year.*, substr(department_year.body_name, length(division.name) + 1) AS kind
    FROM plain.department_year
    INNER JOIN plain.division USING (district_code)
) AS years
LEFT JOIN plain.department_year AS previous
    ON years.district_code = previous.district_code AND years.body_name = previous.body_name
    AND years.phase = previous.phase AND years.fiscal_year = previous.fiscal_year + 1
WINDOW
    peer_group AS (PARTITION BY years.kind, years.fiscal_year, years.phase),
    peers AS (PARTITION BY years.kind, years.fiscal_year, years.phase ORDER BY years.expenditure_cny);

CREATE TABLE plain.district_year AS
SELECT district_code, fiscal_year, phase, count(*) AS departments, sum(total_cny) AS total_cny,
    sum(expenditure_cny) AS expenditure_cny, sum(basic_cny) AS basic_cny, sum(project_cny) AS project_cny,
    sum(three_public_cny) AS three_public_cny
FROM plain.department_year
GROUP BY ALL;

CREATE TABLE plain.year_total AS
SELECT fiscal_year, phase, count(*) AS districts, sum(departments) AS departments, sum(total_cny) AS total_cny,
    sum(expenditure_cny) AS expenditure_cny
FROM plain.district_year
GROUP BY ALL;

CREATE TABLE plain.function_year AS
WITH amounts AS (
    SELECT document.district_code, document.body_name, expenditure.fiscal_year, expenditure.phase, expenditure.fund,
        expenditure.function_code, expenditure.amount_cny, expenditure.document_id
    FROM plain.expenditure AS expenditure
    INNER JOIN plain.document AS document ON expenditure.document_id = document.document_id
    WHERE expenditure.nature = 'total'
)

SELECT amounts.*, previous.amount_cny AS previous_cny, amounts.amount_cny - previous.amount_cny AS change_cny,
    100 * amounts.amount_cny / nullif(totals.amount_cny, 0) AS share_pct
FROM amounts
LEFT JOIN amounts AS previous
    ON amounts.district_code = previous.district_code AND amounts.body_name = previous.body_name
    AND amounts.fiscal_year = previous.fiscal_year + 1 AND amounts.phase = previous.phase
    AND amounts.fund = previous.fund AND amounts.function_code = previous.function_code
LEFT JOIN amounts AS totals
    ON amounts.document_id = totals.document_id AND amounts.fund = totals.fund AND totals.function_code = 'total';

CREATE TABLE plain.budget_execution AS
SELECT budgets.district_code, budgets.body_name, budgets.fiscal_year, budgets.fund, budgets.function_code,
    budgets.amount_cny AS initial_budget_cny, finals.amount_cny AS final_cny,
    100 * finals.amount_cny / nullif(budgets.amount_cny, 0) AS completion_pct
FROM plain.function_year AS budgets
INNER JOIN plain.function_year AS finals USING (district_code, body_name, fiscal_year, fund, function_code)
WHERE budgets.phase = 'initial_budget' AND finals.phase = 'final';

CREATE TABLE plain.economic_year AS
SELECT document.district_code, document.body_name, basic.fiscal_year, basic.phase, basic.economic_code, basic.amount_cny
FROM plain.basic_expenditure AS basic
INNER JOIN plain.document AS document ON basic.document_id = document.document_id
WHERE basic.economic_code IS NOT NULL;

CREATE TABLE plain.three_public_year AS
SELECT document.district_code, document.body_name, three_public.fiscal_year, three_public.expense,
    max(three_public.amount_cny) FILTER (row_key = 'budget') AS budget_cny,
    max(three_public.amount_cny) FILTER (row_key = 'actual') AS final_cny
FROM plain.three_public
INNER JOIN plain.document AS document ON three_public.document_id = document.document_id
WHERE document.document_kind = 'final_account'
GROUP BY ALL;

CREATE TABLE plain.finding_count AS
SELECT finding.rule_id, document.district_code, count(*) AS findings, count(DISTINCT finding.document_id) AS documents
FROM plain.finding
INNER JOIN plain.document AS document ON finding.document_id = document.document_id
GROUP BY ALL;
