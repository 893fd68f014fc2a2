-- A batch of papers as the extraction enters them.
INSERT INTO raw.document BY NAME
SELECT
    sha256, 'generated' AS extractor_version,
    county_name || body_name || '_' || fiscal_year || '_' || document_kind || '_' || left(sha256, 6) || '.txt' AS file_name,
    60000 AS byte_size, 'text' AS reader, 24 AS page_count, 'loaded' AS status,
    TIMESTAMP '2026-01-01' + to_seconds(paper_no) AS loaded_at,
    document_kind, fiscal_year,
    county_name || body_name || CASE perimeter WHEN 'headquarters' THEN '（本级）' WHEN 'consolidated' THEN '（汇总）'
        ELSE '' END AS department_name,
    county_name AS district_name, city_name, perimeter, unit_printed,
    (SELECT count(*) FROM cell WHERE cell.paper_no = paper.paper_no) AS number_count
FROM paper
ORDER BY paper_no;

INSERT INTO raw.form BY NAME
WITH present AS (SELECT DISTINCT paper_no, form FROM line),

evaluated AS (
    SELECT DISTINCT paper_no, CASE source WHEN 'overall' THEN 'overall_performance' ELSE 'project_performance' END AS form
    FROM evaluation
)

SELECT paper.sha256, 'generated' AS extractor_version, title.form,
    CASE WHEN present.form IS NULL THEN 'declared_empty' ELSE 'present' END AS state,
    paper.fiscal_year || '年度' || CASE paper.document_kind WHEN 'budget' THEN budget_title ELSE final_title END
        AS title_printed,
    '公开' || lpad(cast(title.table_no AS varchar), 2, '0') || '表' AS number_printed,
    CASE WHEN present.form IS NOT NULL THEN paper.unit_printed END AS unit_printed,
    CASE WHEN present.form IS NOT NULL THEN title.table_no END AS table_no,
    6 + title.table_no AS page
FROM paper
CROSS JOIN title
LEFT JOIN present ON paper.paper_no = present.paper_no AND title.form = present.form
-- The form of state capital is owed since 2021.
WHERE present.form IS NOT NULL OR title.form <> 'state_capital' OR paper.fiscal_year >= 2021
UNION ALL BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, evaluated.form, 'present' AS state,
    paper.fiscal_year || '年度绩效自评表' AS title_printed, 17 AS page
FROM evaluated
INNER JOIN paper ON evaluated.paper_no = paper.paper_no
ORDER BY sha256, page, form;

INSERT INTO raw.form_line BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, line.form, line.table_no, line.row_no, line.block_no, line.page,
    line.side, line.line,
    -- The summaries print no codes.
    CASE WHEN line.side IS NULL THEN line.code END AS code_printed,
    line.label AS row_name
FROM line
INNER JOIN paper ON line.paper_no = paper.paper_no
ORDER BY line.paper_no, line.table_no, line.row_no, line.block_no;

INSERT INTO raw.form_cell BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, cell.form, title.table_no, cell.row_no, cell.block_no,
    cell.column_no, 6 + title.table_no AS page, cell.measure,
    print_amount(cell.amount, paper.with_commas) AS amount_printed,
    cast(cell.amount AS decimal(24, 6)) / 100 AS amount, 2 AS decimals, paper.unit_printed,
    'reported' AS amount_source, 'text' AS reader
FROM cell
INNER JOIN paper ON cell.paper_no = paper.paper_no
INNER JOIN title ON cell.form = title.form
ORDER BY cell.paper_no, title.table_no, cell.row_no, cell.column_no;

INSERT INTO raw.table_cell BY NAME
WITH printed AS (
    SELECT paper_no, table_no, page, row_no, CASE WHEN side IS NULL THEN 1 ELSE 3 * block_no - 2 END AS column_no,
        coalesce(code, label) AS text, form
    FROM line
    WHERE form <> 'three_public' AND form <> 'basic_expenditure' AND (side IS NULL OR block_no = 1)
    UNION ALL
    SELECT paper_no, table_no, page, row_no, CASE side WHEN 'expenditure' THEN 3 ELSE 2 END, label, form
    FROM line
    WHERE form NOT IN ('three_public', 'basic_expenditure') AND (code IS NOT NULL AND side IS NULL OR side = 'expenditure')
    UNION ALL
    SELECT paper_no, table_no, page, row_no, 3 * block_no - 2, coalesce(code, label), form
    FROM line
    WHERE form = 'basic_expenditure'
    UNION ALL
    SELECT paper_no, table_no, page, row_no, 3 * block_no - 1, label, form
    FROM line
    WHERE form = 'basic_expenditure' AND code IS NOT NULL
    UNION ALL
    SELECT cell.paper_no, title.table_no, 6 + title.table_no, cell.row_no, cell.column_no,
        print_amount(cell.amount, paper.with_commas), cell.form
    FROM cell
    INNER JOIN paper ON cell.paper_no = paper.paper_no
    INNER JOIN title ON cell.form = title.form
)

SELECT paper.sha256, 'generated' AS extractor_version, printed.table_no, printed.page, printed.row_no,
    printed.column_no, printed.text, printed.form,
    CASE paper.document_kind WHEN 'budget' THEN title.budget_title ELSE title.final_title END AS caption
FROM printed
INNER JOIN paper ON printed.paper_no = paper.paper_no
INNER JOIN title ON printed.form = title.form
ORDER BY printed.paper_no, printed.table_no, printed.row_no, printed.column_no;

INSERT INTO raw.claim BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, claim.section, claim.section_key, claim.subject, claim.metric,
    paper.fiscal_year AS year, claim.value,
    CASE claim.decimals
        WHEN 0 THEN cast(cast(abs(claim.value) AS bigint) AS varchar)
        WHEN 1 THEN cast(cast(abs(claim.value) AS decimal(20, 1)) AS varchar)
        ELSE cast(cast(abs(claim.value) AS decimal(20, 2)) AS varchar)
    END AS value_printed,
    claim.decimals, claim.unit, 8000 + 100 * claim.sentence_no AS snippet_offset, 90 AS snippet_length, 20 AS page,
    claim.class_name, claim.group_name, claim.item_name, claim.project_name, claim.base,
    8000 + 100 * claim.sentence_no + 20 * claim.place AS value_offset
FROM claim
INNER JOIN paper ON claim.paper_no = paper.paper_no
ORDER BY claim.paper_no, value_offset;

INSERT INTO raw.project BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, project_no, source, project_name,
    cast(budget AS decimal(24, 6)) / 100 AS budget, cast(executed AS decimal(24, 6)) / 100 AS executed,
    print_amount(budget, false) AS budget_printed, print_amount(executed, false) AS executed_printed,
    execution_rate_pct, 20 AS execution_weight, execution_score, total_score, '万元' AS unit_printed,
    CASE source
        WHEN 'overall' THEN json_object(
            '基本支出总额', print_amount(basic_wan, false), '项目支出总额', print_amount(project_wan, false)
        )
        ELSE json_object('项目属性', '持续性项目', '项目类别', '部门预算项目', '项目类型', '常年性项目')
    END AS attributes,
    9 + project_no AS table_no, 17 AS page
FROM evaluation
INNER JOIN paper ON evaluation.paper_no = paper.paper_no
ORDER BY evaluation.paper_no, project_no;

INSERT INTO raw.indicator BY NAME
SELECT paper.sha256, 'generated' AS extractor_version, evaluation.project_no, indicator_no, 'annual' AS horizon,
    level1, level2, level3, target, actual, 16 AS score, 9 + evaluation.project_no AS table_no,
    6 + indicator_no AS row_no, 17 AS page
FROM evaluation
INNER JOIN paper ON evaluation.paper_no = paper.paper_no
CROSS JOIN (VALUES
    (1, '产出指标', '数量指标', '完成任务数量', '≥12次', '14次'),
    (2, '产出指标', '质量指标', '验收合格率', '≥95%', '98%'),
    (3, '产出指标', '时效指标', '按时完成率', '100%', '100%'),
    (4, '效益指标', '社会效益指标', '服务能力', '持续提升', '持续提升'),
    (5, '满意度指标', '服务对象满意度指标', '群众满意度', '≥90%', '96%')
) AS indicators (indicator_no, level1, level2, level3, target, actual)
ORDER BY evaluation.paper_no, evaluation.project_no, indicator_no;

INSERT INTO raw.residue BY NAME
SELECT sha256, extractor_version, cast(row_number() OVER (PARTITION BY sha256 ORDER BY table_no) AS integer) AS residue_no,
    'title_year' AS kind, title_printed AS text, left(title_printed, 4) AS value, page
FROM raw.form
INNER JOIN paper USING (sha256)
WHERE number_printed IS NOT NULL AND state = 'present'
ORDER BY paper_no, residue_no;
