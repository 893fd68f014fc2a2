-- One batch of papers: what a body spends, what its forms print of it, what its text says.
-- Amounts are whole numbers of the last printed place (0.01 万元 or 0.01 元); nothing is rounded in a form.
-- Variables: seed, first_document, last_document (not included), documents, contradictions.

CREATE OR REPLACE TEMP TABLE paper AS
SELECT
    paper_no,
    sha256('juesuan ' || getvariable('seed') || ' ' || paper_no) AS sha256,
    body.*,
    body.first_year + cast(paper_no % 8 // 2 AS integer) AS fiscal_year,
    CASE WHEN paper_no % 2 = 0 THEN 'budget' ELSE 'final_account' END AS document_kind
FROM range(getvariable('first_document'), getvariable('last_document')) AS papers (paper_no)
INNER JOIN body ON paper_no // 8 = body.body_no;

-- Exactly as many as asked for, spread over the whole ledger.
CREATE OR REPLACE TEMP TABLE planted_paper AS
SELECT paper_no
FROM paper
WHERE (paper_no + 1) * getvariable('contradictions') // getvariable('documents')
    > paper_no * getvariable('contradictions') // getvariable('documents');

-- What is spent -----------------------------------------------------------------------------------

-- The years of the papers and the two before them, which they compare with and carry from.
CREATE OR REPLACE TEMP TABLE body_year AS
SELECT DISTINCT body_no, cast(fiscal_year - back AS integer) AS year
FROM paper, range(3) AS backs (back);

-- What is carried into the next year belongs to the body's main item.
CREATE OR REPLACE TEMP TABLE balance AS
SELECT body.body_no, body_year.year,
    CASE WHEN body.carries
        THEN cast(round(3000 * body.size * draw(body.body_no, body_year.year, 'balance') * body.units_per_wan_place)
            AS bigint)
        ELSE 0
    END AS closing
FROM body_year
INNER JOIN body ON body_year.body_no = body.body_no;

-- Grain: an item that a body may spend on: its own, another of its own group, or one that all have.
CREATE OR REPLACE TEMP TABLE body_item AS
WITH bodies AS (SELECT DISTINCT body_no, main_item, is_institution FROM paper),

items AS (
    SELECT bodies.*, function_item.*
    FROM bodies
    INNER JOIN function_item
        ON function_item.of_body = 'any' OR (function_item.of_body = 'institution') = bodies.is_institution
),

codes AS (SELECT DISTINCT code FROM function_name WHERE length(code) = 7)

SELECT body_no, main_item AS code, fund, nature, probability, mean_wan, spread
FROM items
WHERE function_code = 'main'
UNION ALL
SELECT body_no, function_code, fund, nature, probability, mean_wan, spread
FROM items
WHERE function_code NOT IN ('main', 'siblings')
UNION ALL
SELECT items.body_no, codes.code, items.fund, items.nature, items.probability, items.mean_wan, items.spread
FROM items
INNER JOIN codes ON left(items.main_item, 5) = left(codes.code, 5)
WHERE items.function_code = 'siblings' AND codes.code <> items.main_item AND right(codes.code, 2) NOT IN ('01', '50');

-- Grain: an item of a body in a year, for one kind of money and of spending, as budgeted and as spent. The
-- item and its group must have a name in that year.
CREATE OR REPLACE TEMP TABLE spending AS
WITH chosen AS (
    SELECT body_item.*, body_year.year, body.size, body.units_per_wan_place
    FROM body_item
    INNER JOIN body_year ON body_item.body_no = body_year.body_no
    INNER JOIN body ON body_item.body_no = body.body_no
    SEMI JOIN function_name AS items ON body_item.code = items.code AND body_year.year = items.year
    SEMI JOIN function_name AS groups ON left(body_item.code, 5) = groups.code AND body_year.year = groups.year
    WHERE draw(body_item.body_no, body_item.code, body_item.fund || body_item.nature, 'has') < body_item.probability
),

budgeted AS (
    SELECT body_no, year, code, fund, nature,
        greatest(1, cast(round(
            100 * mean_wan * units_per_wan_place * size
            * exp(spread * normal(body_no, code, fund || nature) - spread * spread / 2)
            * (1 + 0.03 * (year - 2019)) * exp(0.08 * normal(body_no, code || fund || nature, year))
        ) AS bigint)) AS budget
    FROM chosen
),

spent AS (
    SELECT *,
        greatest(1, cast(round(budget * exp(0.1 * normal(body_no, code || fund || nature, year + 0.5))) AS bigint))
            AS spent
    FROM budgeted
),

entries AS (
    SELECT body_no, year, code, fund, nature, budget, spent, spent AS received FROM spent
    UNION ALL
    -- What was carried in is spent, what is carried on was received.
    SELECT balance.body_no, balance.year, body.main_item, 'general_public', 'project', 0, before.closing, balance.closing
    FROM balance
    INNER JOIN balance AS before ON balance.body_no = before.body_no AND balance.year = before.year + 1
    INNER JOIN body ON balance.body_no = body.body_no
    WHERE body.carries
)

SELECT body_no, year, code, fund, nature,
    cast(sum(budget) AS bigint) AS budget, cast(sum(spent) AS bigint) AS spent, cast(sum(received) AS bigint) AS received
FROM entries
GROUP BY ALL;

-- The same as the paper's kind tells it: a budget spends and receives what it plans.
CREATE OR REPLACE TEMP TABLE paper_spending AS
SELECT paper.paper_no, spending.code, spending.fund, spending.nature, spending.budget,
    CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.spent END AS spent,
    CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.received END AS received
FROM paper
INNER JOIN spending ON paper.body_no = spending.body_no AND paper.fiscal_year = spending.year
WHERE paper.document_kind = 'final_account' OR spending.budget > 0;

-- Grain: a row of the coded forms of a paper: an item, a group, a class or the total ('').
CREATE OR REPLACE TEMP TABLE coded AS
WITH levels AS (FROM (VALUES (0), (3), (5), (7)) AS levels (digits))
SELECT
    paper_no,
    left(code, digits) AS code,
    coalesce(cast(sum(spent) AS bigint), 0) AS spent,
    coalesce(cast(sum(spent) FILTER (nature = 'basic') AS bigint), 0) AS basic,
    coalesce(cast(sum(spent) FILTER (nature = 'project') AS bigint), 0) AS project,
    coalesce(cast(sum(spent) FILTER (fund = 'general_public') AS bigint), 0) AS gp,
    coalesce(cast(sum(spent) FILTER (fund = 'general_public' AND nature = 'basic') AS bigint), 0) AS gp_basic,
    coalesce(cast(sum(budget) FILTER (fund = 'general_public') AS bigint), 0) AS gp_budget,
    coalesce(cast(sum(spent) FILTER (fund = 'government_fund') AS bigint), 0) AS gf,
    coalesce(cast(sum(spent) FILTER (fund = 'state_capital') AS bigint), 0) AS sc,
    coalesce(cast(sum(received) AS bigint), 0) AS received,
    coalesce(cast(sum(received) FILTER (fund = 'general_public') AS bigint), 0) AS gp_received,
    coalesce(cast(sum(received) FILTER (fund = 'government_fund') AS bigint), 0) AS gf_received,
    coalesce(cast(sum(received) FILTER (fund = 'state_capital') AS bigint), 0) AS sc_received,
    coalesce(cast(sum(received) FILTER (fund = 'other') AS bigint), 0) AS other_received
FROM paper_spending, levels
GROUP BY ALL;

-- Grain: a paper, with its balances, its totals of this year and of the year before.
CREATE OR REPLACE TEMP TABLE total AS
WITH last_year AS (
    SELECT paper.paper_no,
        sum(CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.spent END) AS expenditure,
        sum(CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.received END) AS income,
        sum(CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.spent END)
            FILTER (spending.fund <> 'other') AS appropriated,
        sum(CASE paper.document_kind WHEN 'budget' THEN spending.budget ELSE spending.spent END)
            FILTER (spending.fund = 'general_public') AS general_public
    FROM paper
    INNER JOIN spending ON paper.body_no = spending.body_no AND spending.year = paper.fiscal_year - 1
    GROUP BY paper.paper_no
)
SELECT coded.*, paper.* EXCLUDE (paper_no),
    CASE paper.document_kind WHEN 'budget' THEN 0 ELSE opening.closing END AS opening,
    CASE paper.document_kind WHEN 'budget' THEN 0 ELSE closing.closing END AS closing,
    last_year.expenditure AS last_expenditure,
    last_year.income AS last_income,
    last_year.general_public AS last_general_public,
    last_year.expenditure + CASE paper.document_kind WHEN 'budget' THEN 0 ELSE opening.closing END AS last_summary,
    last_year.appropriated + CASE paper.document_kind WHEN 'budget' THEN 0 ELSE opening.closing END
        AS last_appropriation
FROM coded
INNER JOIN paper ON coded.paper_no = paper.paper_no
INNER JOIN last_year ON coded.paper_no = last_year.paper_no
INNER JOIN balance AS opening ON paper.body_no = opening.body_no AND paper.fiscal_year = opening.year + 1
INNER JOIN balance AS closing ON paper.body_no = closing.body_no AND paper.fiscal_year = closing.year
WHERE coded.code = '';

-- Grain: an economic code of a paper's basic expenditure. Shares are rounded down; the rest is basic wages.
CREATE OR REPLACE TEMP TABLE economic AS
WITH weighed AS (
    SELECT total.paper_no, items.economic_code AS code, items.side, total.gp_basic,
        items.weight * exp(0.35 * normal(total.body_no, items.economic_code, 0)
            + 0.1 * normal(total.body_no, items.economic_code, total.fiscal_year)) AS weight
    FROM total
    INNER JOIN economic_item AS items ON draw(total.body_no, items.economic_code, 'has') < 0.85 OR items.weight > 100
),

shared AS (
    SELECT *, cast(floor(gp_basic * weight / sum(weight) OVER (PARTITION BY paper_no)) AS bigint) AS share
    FROM weighed
)

SELECT paper_no, code, side,
    CASE code WHEN '30101' THEN share + gp_basic - cast(sum(share) OVER (PARTITION BY paper_no) AS bigint) ELSE share END
        AS amount
FROM shared;

-- Grain: a paper, with its three public expenses, as budgeted and as spent.
CREATE OR REPLACE TEMP TABLE three_public AS
WITH drawn AS (
    SELECT paper_no, document_kind,
        100 * units_per_wan_place AS wan,
        CASE WHEN draw(body_no, 'overseas') < 0.1 THEN 3 * draw(body_no, fiscal_year, 'overseas') ELSE 0 END AS overseas,
        CASE WHEN draw(body_no, fiscal_year, 'purchase') < 0.06 THEN 18 ELSE 0 END AS vehicle_purchase,
        CASE WHEN draw(body_no, 'vehicles') < 0.6 THEN 2.5 * size * (1 + draw(body_no, fiscal_year, 'vehicles')) ELSE 0
            END AS vehicle_operation,
        0.3 + 2 * size * draw(body_no, fiscal_year, 'reception') AS reception,
        0.5 + 0.5 * draw(body_no, fiscal_year, 'thrift') AS thrift
    FROM paper
),

leaves AS (
    SELECT paper_no, document_kind, phase.phase,
        cast(round(wan * overseas * phase.factor) AS bigint) AS overseas,
        cast(round(wan * vehicle_purchase * phase.factor) AS bigint) AS vehicle_purchase,
        cast(round(wan * vehicle_operation * CASE phase.phase WHEN 'actual' THEN thrift ELSE 1 END) AS bigint) AS vehicle_operation,
        cast(round(wan * reception * CASE phase.phase WHEN 'actual' THEN thrift ELSE 1 END) AS bigint) AS reception
    FROM drawn
    INNER JOIN (VALUES ('budget', 1.0), ('actual', 0.9)) AS phase (phase, factor)
        ON phase.phase = 'budget' OR drawn.document_kind = 'final_account'
)

SELECT *, vehicle_purchase + vehicle_operation AS vehicle_total,
    overseas + vehicle_purchase + vehicle_operation + reception AS total
FROM leaves;

-- What the forms print -----------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE title (form VARCHAR, table_no INTEGER, final_title VARCHAR, budget_title VARCHAR);
INSERT INTO title VALUES
    ('income_expenditure_summary', 1, '收入支出决算总表', '收支预算总表'),
    ('income', 2, '收入决算表', '收入预算总表'),
    ('expenditure', 3, '支出决算表', '支出预算总表'),
    ('appropriation_summary', 4, '财政拨款收入支出决算总表', '财政拨款收支预算总表'),
    ('general_public_expenditure', 5, '一般公共预算财政拨款支出决算表', '一般公共预算拨款支出预算表'),
    ('basic_expenditure', 6, '一般公共预算财政拨款基本支出决算明细表', '一般公共预算基本支出经济分类情况表'),
    ('government_fund', 7, '政府性基金预算财政拨款收入支出决算表', '政府性基金预算拨款支出预算表'),
    ('state_capital', 8, '国有资本经营预算财政拨款支出决算表', '国有资本经营预算拨款支出预算表'),
    ('three_public', 9, '财政拨款三公经费支出决算表', '一般公共预算三公经费支出预算表');

-- Grain: a row of a form, with its amounts as columns: [(column_no, measure, amount)]. An amount that is
-- null is a blank.
CREATE OR REPLACE TEMP TABLE form_row AS
WITH classes AS (
    SELECT code, year, name,
        row_number() OVER (PARTITION BY year ORDER BY code) AS class_no
    FROM function_name
    WHERE length(code) = 3 AND code NOT IN ('209', '227', '230')
),

-- The two summaries: lines of income on the left, classes on the right, totals below.
summary_income AS (
    SELECT paper_no, form, line, label, line_no, is_below, amount
    FROM total, (VALUES
        ('income_expenditure_summary', 'general_public_appropriation', '一般公共预算财政拨款收入', 1, false),
        ('income_expenditure_summary', 'government_fund_appropriation', '政府性基金预算财政拨款收入', 2, false),
        ('income_expenditure_summary', 'state_capital_appropriation', '国有资本经营预算财政拨款收入', 3, false),
        ('income_expenditure_summary', 'superior_subsidy', '上级补助收入', 4, false),
        ('income_expenditure_summary', 'institutional_income', '事业收入', 5, false),
        ('income_expenditure_summary', 'business_income', '经营收入', 6, false),
        ('income_expenditure_summary', 'affiliate_remittance', '附属单位上缴收入', 7, false),
        ('income_expenditure_summary', 'other_income', '其他收入', 8, false),
        ('income_expenditure_summary', 'current_year_total', '本年收入合计', 1, true),
        ('income_expenditure_summary', 'non_appropriation_balance_used', '使用非财政拨款结余', 2, true),
        ('income_expenditure_summary', 'opening_balance', '年初结转和结余', 3, true),
        ('income_expenditure_summary', 'total', '总计', 4, true),
        ('appropriation_summary', 'general_public_appropriation', '一般公共预算财政拨款', 1, false),
        ('appropriation_summary', 'government_fund_appropriation', '政府性基金预算财政拨款', 2, false),
        ('appropriation_summary', 'state_capital_appropriation', '国有资本经营预算财政拨款', 3, false),
        ('appropriation_summary', 'current_year_total', '本年收入合计', 1, true),
        ('appropriation_summary', 'opening_balance', '年初财政拨款结转和结余', 2, true),
        ('appropriation_summary', 'opening_balance_general_public', '一般公共预算财政拨款', 3, true),
        ('appropriation_summary', 'total', '总计', 6, true)
    ) AS lines (form, line, label, line_no, is_below),
    LATERAL (SELECT CASE line
        WHEN 'general_public_appropriation' THEN gp_received
        WHEN 'government_fund_appropriation' THEN nullif(gf_received, 0)
        WHEN 'state_capital_appropriation' THEN nullif(sc_received, 0)
        WHEN 'other_income' THEN nullif(other_received, 0)
        WHEN 'current_year_total'
            THEN CASE form WHEN 'appropriation_summary' THEN received - other_received ELSE received END
        WHEN 'opening_balance' THEN nullif(opening, 0)
        WHEN 'opening_balance_general_public' THEN nullif(opening, 0)
        WHEN 'total' THEN opening + CASE form WHEN 'appropriation_summary' THEN received - other_received ELSE received END
    END AS amount)
),

summary_expenditure AS (
    SELECT total.paper_no, form, cast(NULL AS varchar) AS line, classes.code, classes.name AS label,
        classes.class_no AS line_no, false AS is_below,
        coded.spent, coded.gp, coded.gf, coded.sc
    FROM total
    CROSS JOIN (VALUES ('income_expenditure_summary'), ('appropriation_summary')) AS forms (form)
    INNER JOIN classes ON total.fiscal_year = classes.year
    LEFT JOIN coded ON total.paper_no = coded.paper_no AND classes.code = coded.code
    UNION ALL
    SELECT paper_no, form, line, cast(NULL AS varchar), label, line_no, true,
        CASE line WHEN 'closing_balance' THEN nullif(closing, 0) WHEN 'total' THEN spent + closing
            WHEN 'current_year_total' THEN spent END,
        CASE line WHEN 'closing_balance' THEN nullif(closing, 0) WHEN 'total' THEN gp + closing
            WHEN 'current_year_total' THEN gp END,
        CASE line WHEN 'closing_balance' THEN NULL WHEN 'surplus_distribution' THEN NULL ELSE gf END,
        CASE line WHEN 'closing_balance' THEN NULL WHEN 'surplus_distribution' THEN NULL ELSE sc END
    FROM total, (VALUES
        ('income_expenditure_summary', 'current_year_total', '本年支出合计', 1),
        ('income_expenditure_summary', 'surplus_distribution', '结余分配', 2),
        ('income_expenditure_summary', 'closing_balance', '年末结转和结余', 3),
        ('income_expenditure_summary', 'total', '总计', 4),
        ('appropriation_summary', 'current_year_total', '本年支出合计', 1),
        ('appropriation_summary', 'closing_balance', '年末财政拨款结转和结余', 2),
        ('appropriation_summary', 'total', '总计', 6)
    ) AS lines (form, line, label, line_no)
),

of_summaries AS (
    SELECT paper_no, form, 2 + line_no + CASE WHEN is_below THEN 30 ELSE 0 END AS row_no, 1 AS block_no,
        'income' AS side, line, cast(NULL AS varchar) AS code, label,
        [{'column_no': 2, 'measure': 'amount', 'amount': amount}] AS cells
    FROM summary_income
    UNION ALL
    SELECT paper_no, form, 2 + line_no + CASE WHEN is_below THEN 30 ELSE 0 END, 2, 'expenditure', line, code, label,
        CASE form
            WHEN 'income_expenditure_summary' THEN [{'column_no': 4, 'measure': 'amount', 'amount': spent}]
            ELSE [
                {'column_no': 4, 'measure': 'total', 'amount': nullif(gp + coalesce(gf, 0) + coalesce(sc, 0), 0)},
                {'column_no': 5, 'measure': 'general_public', 'amount': nullif(gp, 0)},
                {'column_no': 6, 'measure': 'government_fund', 'amount': nullif(gf, 0)},
                {'column_no': 7, 'measure': 'state_capital', 'amount': nullif(sc, 0)}
            ]
        END
    FROM summary_expenditure
),

-- The forms by function code.
coded_rows AS (
    SELECT coded.*, paper.document_kind, coalesce(names.name, '合计') AS label
    FROM coded
    INNER JOIN paper ON coded.paper_no = paper.paper_no
    LEFT JOIN function_name AS names ON coded.code = names.code AND paper.fiscal_year = names.year
),

of_codes AS (
    SELECT *, 'income' AS form,
        CASE document_kind
            WHEN 'budget' THEN [
                {'column_no': 3, 'measure': 'total', 'amount': received},
                {'column_no': 4, 'measure': 'general_public', 'amount': nullif(gp_received, 0)},
                {'column_no': 5, 'measure': 'government_fund', 'amount': nullif(gf_received, 0)},
                {'column_no': 6, 'measure': 'state_capital', 'amount': nullif(sc_received, 0)},
                {'column_no': 11, 'measure': 'other', 'amount': nullif(other_received, 0)}
            ]
            ELSE [
                {'column_no': 3, 'measure': 'total', 'amount': received},
                {'column_no': 4, 'measure': 'fiscal_appropriation', 'amount': received - other_received},
                {'column_no': 9, 'measure': 'other', 'amount': nullif(other_received, 0)}
            ]
        END AS cells
    FROM coded_rows
    WHERE received > 0
    UNION ALL
    SELECT *, 'expenditure', [
        {'column_no': 3, 'measure': 'total', 'amount': spent},
        {'column_no': 4, 'measure': 'basic', 'amount': nullif(basic, 0)},
        {'column_no': 5, 'measure': 'project', 'amount': nullif(project, 0)}
    ]
    FROM coded_rows
    UNION ALL
    SELECT *, 'general_public_expenditure', [
        {'column_no': 3, 'measure': 'total', 'amount': gp},
        {'column_no': 4, 'measure': 'basic', 'amount': gp_basic},
        {'column_no': 5, 'measure': 'project', 'amount': gp - gp_basic}
    ]
    FROM coded_rows
    WHERE gp > 0
    UNION ALL
    SELECT *, 'government_fund', CASE document_kind
        WHEN 'budget' THEN [
            {'column_no': 3, 'measure': 'total', 'amount': gf},
            {'column_no': 5, 'measure': 'project', 'amount': gf}
        ]
        ELSE [
            {'column_no': 4, 'measure': 'income', 'amount': gf_received},
            {'column_no': 5, 'measure': 'total', 'amount': gf},
            {'column_no': 7, 'measure': 'project', 'amount': gf}
        ]
    END
    FROM coded_rows
    WHERE gf > 0
    UNION ALL
    SELECT *, 'state_capital', [
        {'column_no': 3, 'measure': 'total', 'amount': sc},
        {'column_no': 5, 'measure': 'project', 'amount': sc}
    ]
    FROM coded_rows
    WHERE sc > 0
),

of_functions AS (
    SELECT paper_no, form, 2 + row_number() OVER (PARTITION BY paper_no, form ORDER BY code) AS row_no, 1 AS block_no,
        cast(NULL AS varchar) AS side, CASE code WHEN '' THEN 'total' END AS line, nullif(code, '') AS code, label, cells
    FROM of_codes
),

-- Basic expenditure by economic code: persons on the left, the rest on the right, two totals below.
economic_levels AS (
    SELECT paper_no, left(code, digits) AS code, side, cast(sum(amount) AS bigint) AS amount
    FROM economic, (VALUES (3), (5)) AS levels (digits)
    GROUP BY ALL
),

of_economics AS (
    SELECT levels.paper_no, 'basic_expenditure' AS form,
        1 + row_number() OVER (PARTITION BY levels.paper_no, levels.side ORDER BY levels.code) AS row_no,
        CASE levels.side WHEN 'personnel' THEN 1 ELSE 2 END AS block_no,
        cast(NULL AS varchar) AS side, cast(NULL AS varchar) AS line, levels.code, names.name AS label,
        [{'column_no': CASE levels.side WHEN 'personnel' THEN 3 ELSE 6 END, 'measure': 'amount', 'amount': levels.amount}]
            AS cells
    FROM economic_levels AS levels
    INNER JOIN paper ON levels.paper_no = paper.paper_no
    INNER JOIN economic_name AS names ON levels.code = names.code AND paper.fiscal_year = names.year
    UNION ALL
    SELECT paper_no, 'basic_expenditure', 40, CASE side WHEN 'personnel' THEN 1 ELSE 2 END, NULL, side || '_total',
        NULL, CASE side WHEN 'personnel' THEN '人员经费合计' ELSE '公用经费合计' END,
        [{'column_no': CASE side WHEN 'personnel' THEN 3 ELSE 6 END, 'measure': 'amount',
            'amount': cast(sum(amount) AS bigint)}]
    FROM economic
    GROUP BY paper_no, side
),

of_three_public AS (
    SELECT paper_no, 'three_public' AS form, 5 AS row_no, CASE phase WHEN 'budget' THEN 1 ELSE 2 END AS block_no,
        cast(NULL AS varchar) AS side, phase AS line, cast(NULL AS varchar) AS code, phase AS label,
        [
            {'column_no': 1, 'measure': 'total', 'amount': total},
            {'column_no': 3, 'measure': 'overseas', 'amount': overseas},
            {'column_no': 5, 'measure': 'vehicle_total', 'amount': vehicle_total},
            {'column_no': 7, 'measure': 'vehicle_purchase', 'amount': vehicle_purchase},
            {'column_no': 9, 'measure': 'vehicle_operation', 'amount': vehicle_operation},
            {'column_no': 11, 'measure': 'reception', 'amount': reception}
        ] AS cells
    FROM three_public
)

SELECT * FROM of_summaries
UNION ALL SELECT * FROM of_functions
UNION ALL SELECT * FROM of_economics
UNION ALL SELECT * FROM of_three_public;

CREATE OR REPLACE TEMP TABLE line AS
SELECT form_row.* EXCLUDE (cells, row_no), cast(row_no AS integer) AS row_no, title.table_no, 6 + title.table_no AS page,
    coalesce(form_row.side || '/', '') || coalesce(form_row.line, form_row.code) AS row_key
FROM form_row
INNER JOIN title ON form_row.form = title.form;

CREATE OR REPLACE TEMP TABLE cell AS
SELECT paper_no, form, row_no, block_no, row_key,
    -- What was spent of the three public expenses stands one column right of its budget.
    printed.column_no + CASE WHEN form = 'three_public' AND block_no = 2 THEN 1 ELSE 0 END AS column_no,
    printed.measure,
    cast(printed.amount AS bigint) AS amount
FROM (
    SELECT paper_no, form, cast(row_no AS integer) AS row_no, block_no,
        coalesce(side || '/', '') || coalesce(line, code) AS row_key, unnest(cells) AS printed
    FROM form_row
)
WHERE printed.amount IS NOT NULL;

-- What is evaluated --------------------------------------------------------------------------------

-- Grain: a self-evaluation of a final account: of the whole, and of up to three projects. Money in 0.01 万元.
CREATE OR REPLACE TEMP TABLE evaluation AS
WITH names AS (
    SELECT row_number() OVER () AS name_no, name
    FROM (VALUES ('信息系统建设与维护经费'), ('专项业务工作经费'), ('公共服务保障经费'), ('基础设施养护经费'),
        ('宣传教育活动经费'), ('购买社会服务经费'), ('办案装备更新经费')) AS names (name)
),

counted AS (
    SELECT *, cast(floor(4 * draw(paper_no, 'projects', 0)) AS integer) AS projects,
        project // units_per_wan_place AS project_wan, basic // units_per_wan_place AS basic_wan
    FROM total
    WHERE document_kind = 'final_account'
),

executed AS (
    SELECT paper_no, 1 AS project_no, 'overall' AS source, '部门整体支出' AS project_name, basic_wan + project_wan AS executed,
        basic_wan, project_wan
    FROM counted
    UNION ALL
    SELECT counted.paper_no, 1 + numbers.number, 'self_evaluation', names.name,
        cast(floor(counted.project_wan * (0.05 + 0.25 * draw(counted.paper_no, numbers.number, 'executed'))) AS bigint),
        NULL, NULL
    FROM counted
    INNER JOIN range(1, 4) AS numbers (number) ON numbers.number <= counted.projects
    INNER JOIN names ON names.name_no = 1 + (counted.body_no + numbers.number) % 7
),

budgeted AS (
    SELECT *,
        executed + CASE WHEN draw(paper_no, project_no, 'saves') < 0.5
            THEN cast(floor(executed * 0.2 * draw(paper_no, project_no, 'budget')) AS bigint) ELSE 0 END AS budget
    FROM executed
    WHERE executed > 0
)

SELECT *,
    cast(round(cast(100 * executed AS decimal(24, 6)) / budget, 2) AS decimal(24, 6)) AS execution_rate_pct,
    cast(round(cast(20 * executed AS decimal(24, 6)) / budget, 2) AS decimal(24, 6)) AS execution_score,
    execution_score + 80 AS total_score
FROM budgeted;

-- What the text says -------------------------------------------------------------------------------

-- Grain: a figure of a paper that a sentence of claim.csv may state; money in yuan.
CREATE OR REPLACE TEMP TABLE figure AS
WITH money AS (
    SELECT total.paper_no, total.units_per_wan_place,
        spent + closing AS summary_total,
        spent + closing - last_summary AS summary_total_change,
        received AS income_total,
        received - last_income AS income_total_change,
        received - other_received AS income_appropriation,
        nullif(other_received, 0) AS income_other,
        gp_received AS income_general_public,
        nullif(gf_received, 0) AS income_government_fund,
        nullif(sc_received, 0) AS income_state_capital,
        spent AS expenditure_total,
        spent - last_expenditure AS expenditure_total_change,
        basic AS expenditure_basic,
        project AS expenditure_project,
        gp + gf + sc + closing AS appropriation_total,
        gp + gf + sc + closing - last_appropriation AS appropriation_total_change,
        gp AS general_public_total,
        gp - last_general_public AS general_public_total_change,
        gp_budget AS general_public_budget,
        gp_basic AS general_public_basic,
        gp - gp_basic AS general_public_project,
        nullif(gf, 0) AS government_fund_total,
        last_summary, last_income, last_expenditure, last_appropriation, last_general_public
    FROM total
),

sides AS (
    SELECT paper_no, cast(sum(amount) FILTER (side = 'personnel') AS bigint) AS personnel,
        cast(sum(amount) FILTER (side = 'public') AS bigint) AS public
    FROM economic
    GROUP BY paper_no
),

places AS (
    UNPIVOT (SELECT * EXCLUDE (units_per_wan_place, last_summary, last_income, last_expenditure, last_appropriation,
        last_general_public) FROM money)
    ON COLUMNS(* EXCLUDE (paper_no)) INTO NAME figure VALUE place
    UNION ALL
    UNPIVOT sides ON personnel, public INTO NAME figure VALUE place
    UNION ALL
    SELECT paper_no, 'three_' || phase || '_' || figure, place
    FROM (
        UNPIVOT three_public ON total, overseas, vehicle_total, vehicle_purchase, vehicle_operation, reception
        INTO NAME figure VALUE place
    )
),

percentages AS (
    UNPIVOT (
        SELECT paper_no,
            round(cast(100 * summary_total_change AS decimal(24, 6)) / nullif(last_summary, 0), 1) AS summary_total_change_pct,
            round(cast(100 * income_total_change AS decimal(24, 6)) / nullif(last_income, 0), 1) AS income_total_change_pct,
            round(cast(100 * expenditure_total_change AS decimal(24, 6)) / nullif(last_expenditure, 0), 1) AS expenditure_total_change_pct,
            round(cast(100 * appropriation_total_change AS decimal(24, 6)) / nullif(last_appropriation, 0), 1) AS appropriation_total_change_pct,
            round(cast(100 * general_public_total_change AS decimal(24, 6)) / nullif(last_general_public, 0), 1) AS general_public_total_change_pct,
            round(cast(100 * income_appropriation AS decimal(24, 6)) / nullif(income_total, 0), 1) AS income_appropriation_share,
            round(cast(100 * income_other AS decimal(24, 6)) / nullif(income_total, 0), 1) AS income_other_share,
            round(cast(100 * income_general_public AS decimal(24, 6)) / nullif(income_total, 0), 1) AS income_general_public_share,
            round(cast(100 * expenditure_basic AS decimal(24, 6)) / nullif(expenditure_total, 0), 1) AS expenditure_basic_share,
            round(cast(100 * expenditure_project AS decimal(24, 6)) / nullif(expenditure_total, 0), 1) AS expenditure_project_share,
            round(cast(100 * general_public_total AS decimal(24, 6)) / nullif(expenditure_total, 0), 1) AS general_public_share,
            round(cast(100 * general_public_total AS decimal(24, 6)) / nullif(general_public_budget, 0), 1) AS general_public_completion
        FROM money
    )
    ON COLUMNS(* EXCLUDE (paper_no)) INTO NAME figure VALUE value
),

-- Procurement, vehicles and projects stand in no form: money in 0.01 万元.
others AS (
    SELECT paper_no, body_no, fiscal_year,
        cast(floor(0.4 * project / units_per_wan_place * draw(paper_no, 'goods', 0)) AS bigint) AS goods,
        CASE WHEN draw(paper_no, 'works', 0) < 0.2
            THEN cast(floor(0.3 * project / units_per_wan_place * draw(paper_no, 'works', 1)) AS bigint) ELSE 0
        END AS works,
        cast(floor(0.3 * project / units_per_wan_place * draw(paper_no, 'services', 0)) AS bigint) AS services,
        cast(floor((goods + works + services) * (0.3 + 0.7 * draw(paper_no, 'small', 0))) AS bigint) AS small,
        cast(floor(small * draw(paper_no, 'micro', 0)) AS bigint) AS micro,
        cast(floor(5 * size * draw(body_no, 'vehicles', 0)) AS bigint) AS vehicles,
        vehicles // 3 AS courier_vehicles
    FROM total
),

wan AS (
    UNPIVOT (SELECT paper_no, goods + works + services AS procurement_total, goods AS procurement_goods,
        works AS procurement_works, services AS procurement_services, small AS procurement_small,
        micro AS procurement_micro FROM others WHERE goods + works + services > 0)
    ON COLUMNS(* EXCLUDE (paper_no)) INTO NAME figure VALUE place
    UNION ALL
    SELECT paper_no, 'projects_executed', cast(sum(executed) AS bigint)
    FROM evaluation
    WHERE source = 'self_evaluation'
    GROUP BY paper_no
)

SELECT places.paper_no, places.figure,
    cast(round(cast(place AS decimal(24, 6)) / paper.units_per_wan_place) AS decimal(24, 6)) / 100 AS value, 2 AS decimals
FROM places
INNER JOIN paper ON places.paper_no = paper.paper_no
UNION ALL
SELECT paper_no, figure, cast(place AS decimal(24, 6)) / 100, 2 FROM wan
UNION ALL
SELECT paper_no, figure, value, 1 FROM percentages WHERE value IS NOT NULL
UNION ALL
SELECT paper_no, 'procurement_small_share', round(cast(100 * small AS decimal(24, 6)) / (goods + works + services), 1), 1
FROM others
WHERE goods + works + services > 0
UNION ALL
SELECT paper_no, figure, value, 0
FROM (
    UNPIVOT (SELECT paper_no, vehicles, courier_vehicles, vehicles - courier_vehicles AS other_vehicles FROM others)
    ON COLUMNS(* EXCLUDE (paper_no)) INTO NAME figure VALUE value
)
UNION ALL
SELECT paper_no, 'projects', count(*), 0 FROM evaluation WHERE source = 'self_evaluation' GROUP BY paper_no;

CREATE OR REPLACE TEMP TABLE claim AS
WITH of_templates AS (
    SELECT figure.paper_no, templates.sentence_no, templates.place, templates.section, templates.section_key,
        templates.subject, templates.metric, figure.value, figure.decimals, templates.unit, templates.base
    FROM figure
    INNER JOIN paper ON figure.paper_no = paper.paper_no
    INNER JOIN claim_template AS templates
        ON figure.figure = templates.figure AND paper.document_kind = templates.document_kind
),

rows_printed AS (
    SELECT coded.paper_no, coded.code, coded.gp, coded.gp_budget, paper.document_kind, paper.units_per_wan_place,
        total.gp AS whole,
        row_number() OVER (PARTITION BY coded.paper_no, length(coded.code) ORDER BY coded.code) AS row_no,
        cast(round(cast(coded.gp AS decimal(24, 6)) / paper.units_per_wan_place) AS decimal(24, 6)) / 100 AS value,
        cast(round(cast(coded.gp_budget AS decimal(24, 6)) / paper.units_per_wan_place) AS decimal(24, 6)) / 100
            AS budget_value,
        classes.name AS class_name,
        groups.name AS group_name,
        items.name AS item_name,
        CASE paper.document_kind WHEN 'budget' THEN '一般公共预算财政拨款支出预算情况说明'
            ELSE '一般公共预算财政拨款支出决算情况说明' END AS section
    FROM coded
    INNER JOIN paper ON coded.paper_no = paper.paper_no
    INNER JOIN total ON coded.paper_no = total.paper_no
    LEFT JOIN function_name AS classes ON left(coded.code, 3) = classes.code AND paper.fiscal_year = classes.year
    LEFT JOIN function_name AS groups ON left(coded.code, 5) = groups.code AND length(coded.code) >= 5
        AND paper.fiscal_year = groups.year
    LEFT JOIN function_name AS items ON coded.code = items.code AND length(coded.code) = 7
        AND paper.fiscal_year = items.year
    WHERE coded.gp > 0 AND length(coded.code) IN (3, 7)
),

of_classes AS (
    SELECT paper_no, 10 + row_no AS sentence_no, place, section, 'general_public' AS section_key,
        class_name || '（类）' AS subject, metric,
        CASE metric WHEN 'final_actual' THEN value ELSE round(cast(100 * gp AS decimal(24, 6)) / whole, 1) END AS value,
        CASE metric WHEN 'final_actual' THEN 2 ELSE 1 END AS decimals,
        CASE metric WHEN 'final_actual' THEN '万元' ELSE '%' END AS unit,
        cast(NULL AS varchar) AS base, class_name
    FROM rows_printed, (VALUES (0, 'final_actual'), (1, 'share_pct')) AS told (place, metric)
    WHERE length(code) = 3 AND document_kind = 'final_account'
),

of_items AS (
    SELECT paper_no, 50 + row_no AS sentence_no, place, section, 'general_public' AS section_key,
        class_name || '（类）' || group_name || '（款）' || item_name || '（项）' AS subject, metric,
        CASE metric WHEN 'initial_budget' THEN budget_value WHEN 'completion_pct'
            THEN round(cast(100 * gp AS decimal(24, 6)) / nullif(gp_budget, 0), 1) ELSE value END AS value,
        CASE metric WHEN 'completion_pct' THEN 1 ELSE 2 END AS decimals,
        CASE metric WHEN 'completion_pct' THEN '%' ELSE '万元' END AS unit,
        CASE metric WHEN 'completion_pct' THEN '年初预算' END AS base, class_name, group_name, item_name
    FROM rows_printed, (VALUES
        ('final_account', 0, 'initial_budget'), ('final_account', 1, 'final_actual'), ('final_account', 2, 'completion_pct'),
        ('budget', 0, 'budget')
    ) AS told (told_by, place, metric)
    WHERE length(code) = 7 AND document_kind = told_by
),

of_projects AS (
    SELECT paper_no, 221 + project_no AS sentence_no, place, '预算绩效情况说明' AS section, 'performance' AS section_key,
        project_name AS subject, metric,
        CASE metric WHEN 'adjusted_budget' THEN cast(budget AS decimal(24, 6)) / 100
            WHEN 'final_actual' THEN cast(executed AS decimal(24, 6)) / 100
            ELSE round(cast(100 * executed AS decimal(24, 6)) / budget, 1) END AS value,
        CASE metric WHEN 'completion_pct' THEN 1 ELSE 2 END AS decimals,
        CASE metric WHEN 'completion_pct' THEN '%' ELSE '万元' END AS unit,
        CASE metric WHEN 'completion_pct' THEN '预算' END AS base, project_name
    FROM evaluation,
        (VALUES (0, 'adjusted_budget'), (1, 'final_actual'), (2, 'completion_pct')) AS told (place, metric)
    WHERE source = 'self_evaluation'
)

SELECT * FROM of_templates
UNION ALL BY NAME SELECT * FROM of_classes
UNION ALL BY NAME SELECT * FROM of_items WHERE value IS NOT NULL
UNION ALL BY NAME SELECT * FROM of_projects;
