-- One contradiction in each paper that was chosen for one: of the kinds that its figures allow, any.
CREATE OR REPLACE TEMP TABLE plant AS
WITH of_cells AS (
    SELECT cell.paper_no, contradiction.contradiction_no, contradiction.rule_id, contradiction.target, cell.form,
        cell.row_key, cell.measure, cast(NULL AS bigint) AS sentence_no, cast(NULL AS integer) AS place,
        cast(cell.amount AS decimal(24, 6)) / 100 AS told, paper.unit_printed AS unit
    FROM planted_paper
    INNER JOIN cell ON planted_paper.paper_no = cell.paper_no
    INNER JOIN paper ON cell.paper_no = paper.paper_no
    INNER JOIN contradiction
        ON contradiction.target = 'form_cell' AND cell.form = contradiction.form
        AND cell.measure = contradiction.measure AND regexp_full_match(cell.row_key, contradiction.row_pattern)
    WHERE cell.amount <> 0
),

of_claims AS (
    SELECT claim.paper_no, contradiction_no, rule_id, target, claim.section_key AS form, claim.subject AS row_key,
        claim.metric AS measure, claim.sentence_no, claim.place, claim.value AS told, claim.unit
    FROM planted_paper
    INNER JOIN claim ON planted_paper.paper_no = claim.paper_no
    INNER JOIN contradiction
        ON contradiction.target = 'claim' AND regexp_full_match(claim.section_key, contradiction.form)
        AND regexp_full_match(claim.metric, contradiction.measure)
        AND regexp_full_match(claim.subject, contradiction.row_pattern)
    WHERE claim.value <> 0
),

of_projects AS (
    SELECT evaluation.paper_no, contradiction_no, rule_id, target, contradiction.form, evaluation.project_name AS row_key,
        contradiction.measure, cast(evaluation.project_no AS bigint) AS sentence_no, cast(NULL AS integer) AS place,
        CASE contradiction.measure WHEN 'execution_rate_pct' THEN execution_rate_pct
            WHEN 'execution_score' THEN execution_score ELSE total_score END AS told,
        CASE contradiction.measure WHEN 'execution_rate_pct' THEN '%' ELSE '分' END AS unit
    FROM planted_paper
    INNER JOIN evaluation ON planted_paper.paper_no = evaluation.paper_no AND evaluation.source = 'self_evaluation'
    INNER JOIN contradiction ON contradiction.target = 'project'
),

possible AS (
    SELECT * FROM of_cells
    UNION ALL BY NAME SELECT * FROM of_claims
    UNION ALL BY NAME SELECT * FROM of_projects
),

chosen AS (
    SELECT *
    FROM possible
    QUALIFY row_number() OVER (
        PARTITION BY paper_no
        ORDER BY draw(paper_no, contradiction_no, 'kind'), draw(paper_no, row_key, coalesce(sentence_no, 0), 'row'),
            place, measure
    ) = 1
)

-- A digit lost, or an amount added; a percentage or a score some points off.
SELECT *,
    cast(CASE
        WHEN unit NOT IN ('元', '万元') THEN told + CASE WHEN told > 10 THEN -1 ELSE 1 END * CASE unit
            WHEN '分' THEN 2 + floor(4 * draw(paper_no, 'points')) ELSE 5 + floor(5 * draw(paper_no, 'points')) END
        WHEN abs(told) >= 20 AND draw(paper_no, 'slip') < 0.5 THEN sign(told) * floor(abs(told) * 10) / 100
        ELSE sign(told) * (abs(told) + 2 + floor(abs(told) * 100 * draw(paper_no, 'added')) / 100)
    END AS decimal(24, 6)) AS planted
FROM chosen;

UPDATE cell SET amount = cast(plant.planted * 100 AS bigint)
FROM plant
WHERE plant.target = 'form_cell' AND cell.paper_no = plant.paper_no AND cell.form = plant.form
    AND cell.row_key = plant.row_key AND cell.measure = plant.measure;

UPDATE claim SET value = plant.planted
FROM plant
WHERE plant.target = 'claim' AND claim.paper_no = plant.paper_no AND claim.sentence_no = plant.sentence_no
    AND claim.place = plant.place;

UPDATE evaluation SET
    execution_rate_pct = CASE plant.measure WHEN 'execution_rate_pct' THEN plant.planted ELSE execution_rate_pct END,
    execution_score = CASE plant.measure WHEN 'execution_score' THEN plant.planted ELSE execution_score END,
    total_score = CASE plant.measure WHEN 'total_score' THEN plant.planted ELSE total_score END
FROM plant
WHERE plant.target = 'project' AND evaluation.paper_no = plant.paper_no AND evaluation.project_no = plant.sentence_no;

CREATE TEMP TABLE IF NOT EXISTS planted (
    document_id VARCHAR, rule_id VARCHAR, target VARCHAR, form VARCHAR, row_key VARCHAR, measure VARCHAR,
    told DECIMAL(24, 6), planted DECIMAL(24, 6), difference DECIMAL(24, 6), unit VARCHAR
);
INSERT INTO planted
SELECT left(paper.sha256, 16), plant.rule_id, plant.target, plant.form, plant.row_key, plant.measure, plant.told,
    plant.planted, plant.planted - plant.told, plant.unit
FROM plant
INNER JOIN paper ON plant.paper_no = paper.paper_no
ORDER BY plant.paper_no;
