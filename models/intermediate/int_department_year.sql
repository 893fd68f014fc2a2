-- Grain: one body (through its names), fiscal year and phase, with the paper that speaks for it.
with amounts as (select * from {{ ref('int_expenditure') }}),

claims as (select * from {{ ref('int_claim') }}),

documents as (select * from {{ ref('int_document') }} where department_id is not null),

departments as (select * from {{ ref('dim_department') }}),

divisions as (select * from {{ ref('int_division') }}),

grades as (select * from {{ ref('int_document_grade') }}),

-- A paper that states a change against the year before tells that year too.
told_before as (
    select
        documents.document_id,
        documents.fiscal_year - 1 as fiscal_year,
        case documents.document_kind when 'final_account' then 'final' else 'initial_budget' end as phase,
        'implied' as source,
        claims.precision_cny
    from claims
    inner join documents on claims.document_id = documents.document_id
    where claims.metric in ('yoy_change', 'prior_year_amount')
        and claims.value_cny is not null
),

tellings as (
    select
        document_id,
        fiscal_year,
        phase,
        source,
        min(precision_cny) as precision_cny
    from (
        select document_id, fiscal_year, phase, source, precision_cny from amounts
        union all
        select document_id, fiscal_year, phase, source, precision_cny from told_before
    )
    group by document_id, fiscal_year, phase, source
),

-- The same order of precedence as in fct_expenditure: printed in a form, stated, implied.
spoken as (
    select
        departments.current_department_id,
        tellings.*,
        documents.department_id,
        documents.document_kind,
        documents.perimeter,
        documents.district_code
    from tellings
    inner join documents on tellings.document_id = documents.document_id
    inner join departments on documents.department_id = departments.department_id
    qualify row_number() over (
        partition by departments.current_department_id, tellings.fiscal_year, tellings.phase
        order by
            case tellings.source when 'form' then 0 when 'claim' then 1 else 2 end,
            case when documents.document_id = documents.current_document_id then 0 else 1 end,
            case documents.perimeter when 'consolidated' then 0 else 1 end,
            documents.first_loaded_at desc,
            tellings.document_id
    ) = 1
),

-- A later paper may tell a year in which the body had another name.
borne as (
    select
        spoken.* exclude (department_id),
        departments.department_id,
        departments.department_type,
        departments.body_name,
        departments.valid_from,
        departments.valid_to
    from spoken
    inner join departments on spoken.current_department_id = departments.current_department_id
    qualify row_number() over (
        partition by spoken.current_department_id, spoken.fiscal_year, spoken.phase
        order by
            coalesce(year(departments.valid_from), 0) <= spoken.fiscal_year
                and coalesce(year(departments.valid_to), 9999) >= spoken.fiscal_year desc,
            departments.department_id = spoken.department_id desc,
            departments.department_id
    ) = 1
)

select
    borne.current_department_id,
    borne.fiscal_year,
    borne.phase,
    borne.department_id,
    borne.document_id,
    borne.document_kind,
    borne.perimeter,
    borne.source,
    borne.precision_cny,
    grades.grade,
    borne.district_code,
    divisions.level,
    borne.department_type,
    borne.body_name,
    borne.valid_from,
    borne.valid_to
from borne
left join divisions on borne.district_code = divisions.district_code
left join grades on borne.document_id = grades.document_id
