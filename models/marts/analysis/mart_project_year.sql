{%- set project_key = "regexp_replace(regexp_replace(" ~ normalise_name('projects.project_name') ~ ", '\"', '', 'g'), '(项目)+$', '')" -%}
-- Grain: one project of one body and fiscal year, by its name without quotes and a final 项目: what its
-- budget paper asks for, and what its final account says was granted and spent. 部门整体支出 is the whole.
with projects as (select * from {{ ref('fct_project') }}),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

comparability as (
    select * from {{ ref('int_comparability') }}
    where phase = other_phase and fiscal_year = other_fiscal_year + 1
),

of_bodies as (
    select
        departments.current_department_id as body_id,
        documents.fiscal_year,
        case documents.document_kind when 'budget' then 'initial_budget' else 'final' end as phase,
        {{ project_key }} as project_key,
        projects.*,
        -- A paper may tell a project in a table of its own and in a list; each way stands for itself.
        dense_rank() over (
            partition by
                departments.current_department_id, documents.fiscal_year, documents.document_kind, {{ project_key }}
            order by {{ telling_order("'form'", 'documents') }}, projects.source
        ) as telling_rank
    from projects
    inner join documents on projects.document_id = documents.document_id
    inner join departments on documents.department_id = departments.department_id
    where projects.project_name is not null and documents.document_kind is not null
),

-- One project may stand in several rows of a list, once for each of its units.
summed as (
    select
        body_id,
        fiscal_year,
        phase,
        project_key,
        min_by(project_name, project_no) as project_name,
        cast(sum(budget_cny) as decimal(20, 2)) as budget_cny,
        cast(sum(executed_cny) as decimal(20, 2)) as executed_cny,
        case when count(*) = 1 then max(execution_rate_pct) end as execution_rate_pct,
        case when count(*) = 1 then max(total_score) end as total_score,
        min(document_id) as document_id
    from of_bodies
    where telling_rank = 1
    group by body_id, fiscal_year, phase, project_key
),

by_year as (
    select
        coalesce(final.body_id, asked.body_id) as body_id,
        coalesce(final.fiscal_year, asked.fiscal_year) as fiscal_year,
        coalesce(final.project_key, asked.project_key) as project_key,
        coalesce(final.project_name, asked.project_name) as project_name,
        asked.budget_cny as initial_budget_cny,
        final.budget_cny,
        final.executed_cny,
        final.execution_rate_pct,
        final.total_score,
        asked.document_id as budget_document_id,
        final.document_id as final_document_id
    from (select * from summed where phase = 'final') as final
    full outer join (select * from summed where phase = 'initial_budget') as asked
        on final.body_id = asked.body_id
        and final.fiscal_year = asked.fiscal_year
        and final.project_key = asked.project_key
),

changed as (
    select
        by_year.*,
        cast(by_year.executed_cny - previous.executed_cny as decimal(20, 2)) as executed_change_cny,
        cast(by_year.initial_budget_cny - previous.initial_budget_cny as decimal(20, 2)) as initial_budget_change_cny
    from by_year
    left join by_year as previous
        on by_year.body_id = previous.body_id
        and by_year.fiscal_year = previous.fiscal_year + 1
        and by_year.project_key = previous.project_key
),

named as (
    select
        changed.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        changed.fiscal_year,
        changed.project_key,
        changed.project_name,
        changed.initial_budget_cny,
        changed.budget_cny,
        changed.executed_cny,
        changed.execution_rate_pct,
        changed.total_score,
        changed.executed_change_cny,
        changed.initial_budget_change_cny,
        changed.budget_document_id,
        changed.final_document_id,
        comparability.verdict as comparability,
        comparability.reasons as comparability_reasons
    from changed
    inner join departments on changed.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join comparability
        on changed.body_id = comparability.body_id
        and changed.fiscal_year = comparability.fiscal_year
        and comparability.phase = case
            when changed.executed_change_cny is not null then 'final'
            when changed.initial_budget_change_cny is not null then 'initial_budget'
        end
)

select * from named
order by department_id, fiscal_year, project_key
