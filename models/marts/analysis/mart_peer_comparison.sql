-- Grain: one function code, function total or economic code of one body in a year, phase and fund, beside its peers: the
-- bodies of the same group that print the code. The verdict says whether the row may be ranked among them.
with function_amounts as (
    select * from {{ ref('int_harmonised_expenditure') }}
),

basic as (select * from {{ ref('int_basic_by_economic') }}),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

functions as (select * from {{ ref('dim_function') }}),

economics as (select * from {{ ref('dim_economic') }}),

peers as (select * from {{ ref('int_peer_group') }}),

years as (select * from {{ ref('int_department_year_phase') }}),

own_reasons as (
    select body_id, fiscal_year, phase, list(reason) as reasons_of_year
    from {{ ref('int_department_year_reason') }}
    group by body_id, fiscal_year, phase
),

verdicts as (select * from {{ ref('comparability_reason') }}),

by_function as (
    select
        codes.body_id,
        codes.fiscal_year,
        codes.phase,
        codes.fund,
        'function' as classification,
        codes.harmonised_code as code,
        codes.amount_cny,
        totals.amount_cny as total_cny,
        codes.document_id
    from function_amounts as codes
    left join function_amounts as totals
        on codes.body_id = totals.body_id
        and codes.fiscal_year = totals.fiscal_year
        and codes.phase = totals.phase
        and codes.fund = totals.fund
        and totals.harmonised_code = 'total'
),

by_economic as (
    select
        body_id,
        fiscal_year,
        phase,
        'general_public' as fund,
        'economic' as classification,
        economic_code as code,
        amount_cny,
        total_cny,
        document_id
    from basic
),

all_codes as (
    select * from by_function
    union all by name
    select * from by_economic
),

grouped as (
    select
        all_codes.*,
        peers.peer_group,
        peers.peer_group_name,
        years.perimeter,
        years.level,
        years.body_name,
        coalesce(own_reasons.reasons_of_year, cast([] as varchar[])) as reasons_of_year
    from all_codes
    inner join peers on all_codes.body_id = peers.department_id
    left join years
        on all_codes.body_id = years.body_id
        and all_codes.fiscal_year = years.fiscal_year
        and all_codes.phase = years.phase
    left join own_reasons
        on all_codes.body_id = own_reasons.body_id
        and all_codes.fiscal_year = own_reasons.fiscal_year
        and all_codes.phase = own_reasons.phase
),

-- Where the peers that print a code differ among themselves, all of them are compared with care: where the
-- first of their values is not the last, there are several.
ranked as (
    select
        *,
        {{ per_cent('amount_cny', 'total_cny') }} as share_pct,
        count(*) over same_code as peer_count,
        rank() over (same_code order by amount_cny desc) as amount_rank,
        min(perimeter) over same_code is distinct from max(perimeter) over same_code
        or count(perimeter) over same_code < count(*) over same_code as perimeters_differ,
        min(level) over same_code is distinct from max(level) over same_code as levels_differ,
        min(body_name) over same_code is distinct from max(body_name) over same_code as tasks_differ
    from grouped
    window same_code as (partition by peer_group, fiscal_year, phase, fund, classification, code)
),

reasoned as (
    select
        *,
        list_sort(list_distinct(
            reasons_of_year
            || case when perimeters_differ then ['peer_perimeter'] else [] end
            || case when levels_differ then ['level_differs'] else [] end
            || case when tasks_differ then ['task_differs'] else [] end
        )) as reasons
    from ranked
),

-- Many rows have the same reasons.
judged as (
    select given.reasons, {{ worst_verdict('verdicts.verdict') }} as verdict
    from (
        select reasons, unnest(reasons) as reason
        from (select distinct reasons from reasoned)
    ) as given
    left join verdicts on given.reason = verdicts.reason
    group by given.reasons
),

final as (
    select
        reasoned.peer_group,
        reasoned.peer_group_name,
        reasoned.classification,
        reasoned.code,
        coalesce(functions.function_name, economics.economic_name, case reasoned.code when 'total' then '合计' end) as code_name,
        reasoned.fiscal_year,
        reasoned.phase,
        reasoned.fund,
        reasoned.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        reasoned.amount_cny,
        reasoned.share_pct,
        cast(reasoned.amount_rank as integer) as amount_rank,
        cast(rank() over (
            partition by
                reasoned.peer_group, reasoned.fiscal_year, reasoned.phase, reasoned.fund, reasoned.classification, reasoned.code
            order by reasoned.share_pct desc nulls last
        ) as integer) as share_rank,
        cast(reasoned.peer_count as integer) as peer_count,
        reasoned.document_id,
        case when reasoned.peer_count > 1 then coalesce(judged.verdict, 'comparable') end as comparability,
        case when reasoned.peer_count > 1 then reasoned.reasons end as comparability_reasons
    from reasoned
    inner join departments on reasoned.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join functions on reasoned.classification = 'function' and reasoned.code = functions.function_code
    left join economics on reasoned.classification = 'economic' and reasoned.code = economics.economic_code
    left join judged on reasoned.reasons = judged.reasons
)

select * from final
order by peer_group, classification, code, fiscal_year, phase, fund, department_id
