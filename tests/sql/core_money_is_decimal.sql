{{ config(enabled=target.type == 'duckdb') }}
-- No float in the marts; every amount in yuan is DECIMAL(20,2); every column tells in Chinese and in
-- English what it is.
-- depends_on: {{ ref('bridge_classification_name') }}
-- depends_on: {{ ref('bridge_department_lineage') }}
-- depends_on: {{ ref('bridge_function_crosswalk') }}
-- depends_on: {{ ref('dim_comparability_reason') }}
-- depends_on: {{ ref('dim_department') }}
-- depends_on: {{ ref('dim_district') }}
-- depends_on: {{ ref('dim_document') }}
-- depends_on: {{ ref('dim_economic') }}
-- depends_on: {{ ref('dim_function') }}
-- depends_on: {{ ref('dim_government_economic') }}
-- depends_on: {{ ref('dim_rule') }}
-- depends_on: {{ ref('fct_asset') }}
-- depends_on: {{ ref('fct_basic_expenditure') }}
-- depends_on: {{ ref('fct_claim') }}
-- depends_on: {{ ref('fct_coverage') }}
-- depends_on: {{ ref('fct_expenditure') }}
-- depends_on: {{ ref('fct_figure_candidate') }}
-- depends_on: {{ ref('fct_finding') }}
-- depends_on: {{ ref('fct_form_cell') }}
-- depends_on: {{ ref('fct_income') }}
-- depends_on: {{ ref('fct_leftover') }}
-- depends_on: {{ ref('fct_performance_indicator') }}
-- depends_on: {{ ref('fct_procurement') }}
-- depends_on: {{ ref('fct_project') }}
-- depends_on: {{ ref('fct_project_line') }}
-- depends_on: {{ ref('fct_quarantine') }}
-- depends_on: {{ ref('fct_three_public') }}
-- depends_on: {{ ref('mart_budget_execution') }}
-- depends_on: {{ ref('mart_comparability_peers') }}
-- depends_on: {{ ref('mart_comparability_years') }}
-- depends_on: {{ ref('mart_department_year') }}
-- depends_on: {{ ref('mart_district_year') }}
-- depends_on: {{ ref('mart_document_grade') }}
-- depends_on: {{ ref('mart_function_year') }}
-- depends_on: {{ ref('mart_item_budget_change') }}
-- depends_on: {{ ref('mart_peer_comparison') }}
-- depends_on: {{ ref('mart_project_year') }}
-- depends_on: {{ ref('mart_three_public_year') }}
select
    table_name,
    column_name,
    data_type
from duckdb_columns()
where database_name = current_database()
    and schema_name = 'marts'
    and (
        data_type in ('FLOAT', 'DOUBLE')
        or (ends_with(column_name, '_cny') and data_type <> 'DECIMAL(20,2)')
        or not coalesce(regexp_matches(comment, '[一-鿿].* / .*[A-Za-z]'), false)
    )
