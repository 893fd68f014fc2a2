-- Once for a ledger: what is drawn from, and who publishes. The seed decides everything.
-- Variables: seed, documents, root (of the project).

-- A number in [0, 1) that the seed and the keys decide.
CREATE OR REPLACE MACRO draw
    (a, b) AS cast(hash(a, b, getvariable('seed')) >> 12 AS double) / 4503599627370496.0,
    (a, b, c) AS cast(hash(a, b, c, getvariable('seed')) >> 12 AS double) / 4503599627370496.0,
    (a, b, c, d) AS cast(hash(a, b, c, d, getvariable('seed')) >> 12 AS double) / 4503599627370496.0;

-- A draw of the standard normal distribution (Box and Muller).
CREATE OR REPLACE MACRO normal(a, b, c) AS
    sqrt(-2 * ln(1 - draw(a, b, c, 'radius'))) * cos(2 * pi() * draw(a, b, c, 'angle'));

-- An amount in units of the last printed place, as papers print it.
CREATE OR REPLACE MACRO print_amount(q, with_commas) AS
    CASE WHEN with_commas THEN format('{:,}', q // 100) ELSE cast(q // 100 AS varchar) END
    || '.' || lpad(cast(q % 100 AS varchar), 2, '0');

CREATE OR REPLACE TEMP TABLE series_year AS SELECT year FROM range(2018, 2026) AS years (year);

-- Grain: a code and a year in which it is in force, with its name then.
CREATE OR REPLACE TEMP TABLE function_name AS
SELECT codes.code, series_year.year,
    arg_min(codes.name_zh, (codes.valid_to IS NULL, codes.is_current <> 'true')) AS name
FROM read_csv(getvariable('root') || '/seeds/classification_function.csv', all_varchar = true) AS codes
INNER JOIN series_year
    ON series_year.year BETWEEN coalesce(year(cast(codes.valid_from AS date)), 0)
        AND coalesce(year(cast(codes.valid_to AS date)), 9999)
    AND (codes.is_current = 'true' OR codes.valid_to IS NOT NULL)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE economic_name AS
SELECT codes.code, series_year.year, arg_min(codes.name_zh, (codes.valid_to IS NULL, codes.evidence)) AS name
FROM read_csv(getvariable('root') || '/seeds/classification_economic.csv', all_varchar = true) AS codes
INNER JOIN series_year
    ON series_year.year BETWEEN coalesce(year(cast(codes.valid_from AS date)), 0)
        AND coalesce(year(cast(codes.valid_to AS date)), 9999)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE economic_item AS
FROM read_csv(getvariable('root') || '/bench/ledger/economic_item.csv', types = {'economic_code': 'varchar'});

CREATE OR REPLACE TEMP TABLE function_item AS
FROM read_csv(getvariable('root') || '/bench/ledger/function_item.csv', types = {'function_code': 'varchar'});

CREATE OR REPLACE TEMP TABLE claim_template AS
SELECT *, row_number() OVER () AS template_no
FROM read_csv(getvariable('root') || '/bench/ledger/claim.csv', nullstr = '');

CREATE OR REPLACE TEMP TABLE contradiction AS
SELECT *, row_number() OVER () AS contradiction_no
FROM read_csv(getvariable('root') || '/bench/ledger/contradiction.csv', nullstr = '');

-- Divisions of today that name and city together single out.
CREATE OR REPLACE TEMP TABLE county AS
WITH divisions AS (
    FROM read_csv(getvariable('root') || '/seeds/district.csv', all_varchar = true)
)
SELECT divisions.district_code, divisions.name_zh AS name, cities.name_zh AS city_name,
    row_number() OVER (ORDER BY draw(divisions.district_code, 'county'), divisions.district_code) - 1 AS county_no
FROM divisions
INNER JOIN divisions AS cities ON divisions.city_code = cities.district_code
WHERE divisions.level = 'district' AND divisions.valid_to IS NULL AND length(divisions.name_zh) > 2
    AND cities.name_zh <> divisions.name_zh
QUALIFY count(*) OVER (PARTITION BY divisions.name_zh, cities.name_zh) = 1;

CREATE OR REPLACE TEMP TABLE body_kind AS
SELECT *, row_number() OVER () - 1 AS kind_no
FROM read_csv(getvariable('root') || '/bench/ledger/body_kind.csv', types = {'main_item': 'varchar'});

-- Grain: a body. Each prints eight papers: budget and final account of four years. The more bodies there
-- are, the more counties and the more kinds of body in each.
CREATE OR REPLACE TEMP TABLE body AS
WITH sizes AS (
    SELECT cast(ceil(getvariable('documents') / 8) AS bigint) AS bodies,
        least((SELECT count(*) FROM body_kind), greatest(3, cast(sqrt(bodies) AS bigint))) AS kinds
)
SELECT
    body_no,
    county.district_code,
    county.name AS county_name,
    county.city_name,
    body_kind.body_name,
    body_kind.main_item,
    body_kind.is_institution,
    2019 + cast(floor(3 * draw(body_no, 'first year')) AS integer) AS first_year,
    exp(0.7 * normal(body_no, 'size', 0)) AS size,
    -- A fifth prints yuan to the cent, the others 万元 with two places.
    CASE WHEN draw(body_no, 'unit') < 0.2 THEN '元' ELSE '万元' END AS unit_printed,
    CASE WHEN draw(body_no, 'unit') < 0.2 THEN 10000 ELSE 1 END AS units_per_wan_place,
    draw(body_no, 'commas') < 0.5 AS with_commas,
    CASE
        WHEN draw(body_no, 'perimeter') < 0.5 THEN 'unit'
        WHEN draw(body_no, 'perimeter') < 0.8 THEN 'headquarters'
        ELSE 'consolidated'
    END AS perimeter,
    draw(body_no, 'carries') < 0.3 AS carries
FROM sizes, range(sizes.bodies) AS bodies (body_no)
INNER JOIN body_kind ON body_no % sizes.kinds = body_kind.kind_no
INNER JOIN county ON body_no // sizes.kinds = county.county_no;
