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

own_reasons as (select * from {{ ref('int_department_year_reason') }}),

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
        years.body_name
    from all_codes
    inner join peers on all_codes.body_id = peers.department_id
    left join years
        on all_codes.body_id = years.body_id
        and all_codes.fiscal_year = years.fiscal_year
        and all_codes.phase = years.phase
),

-- Where the peers that print a code differ among themselves, all of them are compared with care.
counted as (
    select
        peer_group, fiscal_year, phase, fund, classification, code,
        count(distinct perimeter) > 1 or count(perimeter) < count(*) as perimeters_differ,
        count(distinct level) > 1 as levels_differ,
        count(distinct body_name) > 1 as tasks_differ
    from grouped
    group by peer_group, fiscal_year, phase, fund, classification, code
    having count(*) > 1
),

mixed as (
    select
        peer_group, fiscal_year, phase, fund, classification, code,
        unnest([
            case when perimeters_differ then 'peer_perimeter' end,
            case when levels_differ then 'level_differs' end,
            case when tasks_differ then 'task_differs' end
        ]) as reason
    from counted
),

reasoned as (
    select grouped.body_id, grouped.fiscal_year, grouped.phase, grouped.fund, grouped.classification, grouped.code,
        mixed.reason
    from grouped
    inner join mixed
        on grouped.peer_group = mixed.peer_group
        and grouped.fiscal_year = mixed.fiscal_year
        and grouped.phase = mixed.phase
        and grouped.fund = mixed.fund
        and grouped.classification = mixed.classification
        and grouped.code = mixed.code
    where mixed.reason is not null
    union
    select grouped.body_id, grouped.fiscal_year, grouped.phase, grouped.fund, grouped.classification, grouped.code,
        own_reasons.reason
    from grouped
    inner join own_reasons
        on grouped.body_id = own_reasons.body_id
        and grouped.fiscal_year = own_reasons.fiscal_year
        and grouped.phase = own_reasons.phase
),

judged as (
    select
        reasoned.body_id, reasoned.fiscal_year, reasoned.phase, reasoned.fund, reasoned.classification, reasoned.code,
        {{ worst_verdict('verdicts.verdict') }} as verdict,
        list(reasoned.reason order by reasoned.reason) as reasons
    from reasoned
    left join verdicts on reasoned.reason = verdicts.reason
    group by all
),

ranked as (
    select
        *,
        {{ per_cent('amount_cny', 'total_cny') }} as share_pct,
        count(*) over same_code as peer_count,
        rank() over (same_code order by amount_cny desc) as amount_rank
    from grouped
    window same_code as (partition by peer_group, fiscal_year, phase, fund, classification, code)
),

final as (
    select
        ranked.peer_group,
        ranked.peer_group_name,
        ranked.classification,
        ranked.code,
        coalesce(functions.function_name, economics.economic_name, case ranked.code when 'total' then '合计' end) as code_name,
        ranked.fiscal_year,
        ranked.phase,
        ranked.fund,
        ranked.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        ranked.amount_cny,
        ranked.share_pct,
        cast(ranked.amount_rank as integer) as amount_rank,
        cast(rank() over (
            partition by
                ranked.peer_group, ranked.fiscal_year, ranked.phase, ranked.fund, ranked.classification, ranked.code
            order by ranked.share_pct desc nulls last
        ) as integer) as share_rank,
        cast(ranked.peer_count as integer) as peer_count,
        ranked.document_id,
        case when ranked.peer_count > 1 then coalesce(judged.verdict, 'comparable') end as comparability,
        case when ranked.peer_count > 1 then coalesce(judged.reasons, cast([] as varchar[])) end as comparability_reasons
    from ranked
    inner join departments on ranked.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join functions on ranked.classification = 'function' and ranked.code = functions.function_code
    left join economics on ranked.classification = 'economic' and ranked.code = economics.economic_code
    left join judged
        on ranked.body_id = judged.body_id
        and ranked.fiscal_year = judged.fiscal_year
        and ranked.phase = judged.phase
        and ranked.fund = judged.fund
        and ranked.classification = judged.classification
        and ranked.code = judged.code
)

select * from final
order by peer_group, classification, code, fiscal_year, phase, fund, department_id
