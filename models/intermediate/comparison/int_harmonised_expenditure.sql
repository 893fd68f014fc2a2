-- Grain: one body, fiscal year, phase, fund and harmonised function code (or total), from the one paper
-- that speaks for the body. Items are compared as the crosswalk says; a group or class keeps its printed
-- amount but for what the crosswalk takes out of it or puts into it.
with expenditure as (
    select * from {{ ref('fct_expenditure') }} where is_preferred and nature = 'total'
),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

crosswalk as (select * from {{ ref('int_function_crosswalk') }}),

-- A body that changed its name may be told under both.
spoken as (
    select
        expenditure.*,
        departments.current_department_id as body_id
    from expenditure
    inner join documents on expenditure.document_id = documents.document_id
    inner join departments on expenditure.department_id = departments.department_id
    qualify dense_rank() over (
        partition by departments.current_department_id, expenditure.fiscal_year, expenditure.phase, expenditure.fund
        order by {{ telling_order('expenditure.source', 'documents') }}
    ) = 1
),

-- The deepest level printed is what moves. A group that as a whole became another takes its items along,
-- also those that have no successor of their own.
moved as (
    select
        spoken.*,
        items.harmonised_code,
        coalesce(items.weight, 1) as weight,
        case
            when length(spoken.function_code) < 5 then null
            when groups.harmonised_code <> groups.function_code then groups.harmonised_code
            else left(coalesce(items.harmonised_code, spoken.function_code), 5)
        end as harmonised_group
    from spoken
    left join crosswalk as items
        on spoken.function_code = items.function_code and spoken.fiscal_year = items.fiscal_year
    left join crosswalk as groups
        on left(spoken.function_code, 5) = groups.function_code
        and spoken.fiscal_year = groups.fiscal_year
        and length(spoken.function_code) = 7
    where spoken.row_role = 'detail'
),

levels as (select unnest([3, 5, 7]) as code_length),

-- Each detail at each level: the code it is printed under and the code it is compared under.
placed as (
    select
        moved.body_id,
        moved.fiscal_year,
        moved.phase,
        moved.fund,
        moved.source,
        moved.document_id,
        moved.precision_cny,
        moved.function_code,
        cast(moved.amount_cny * moved.weight as decimal(20, 2)) as amount_cny,
        levels.code_length,
        left(moved.function_code, levels.code_length) as printed_code,
        case
            when levels.code_length = length(moved.function_code) then coalesce(moved.harmonised_code, moved.function_code)
            else left(coalesce(moved.harmonised_group, moved.harmonised_code, moved.function_code), levels.code_length)
        end as harmonised_code
    from moved
    inner join levels on length(moved.function_code) >= levels.code_length
),

contributions as (
    -- As printed: totals and upper levels.
    select
        body_id, fiscal_year, phase, fund, source, document_id, precision_cny,
        function_code as harmonised_code,
        function_code as printed_code,
        amount_cny
    from spoken
    where row_role <> 'detail'
    union all by name
    -- Details on their own level.
    select
        body_id, fiscal_year, phase, fund, source, document_id, precision_cny,
        harmonised_code,
        function_code as printed_code,
        amount_cny
    from placed
    where code_length = length(function_code)
    union all by name
    -- What leaves an upper level for another.
    select
        body_id, fiscal_year, phase, fund, source, document_id, precision_cny,
        printed_code as harmonised_code,
        cast(null as varchar) as printed_code,
        -amount_cny as amount_cny
    from placed
    where code_length < length(function_code) and printed_code <> harmonised_code
    union all by name
    select
        body_id, fiscal_year, phase, fund, source, document_id, precision_cny,
        harmonised_code,
        function_code as printed_code,
        amount_cny
    from placed
    where code_length < length(function_code) and printed_code <> harmonised_code
),

-- A group that became another is no code of the series any more.
final as (
    select
        contributions.body_id,
        contributions.fiscal_year,
        contributions.phase,
        contributions.fund,
        contributions.harmonised_code,
        cast(sum(contributions.amount_cny) as decimal(20, 2)) as amount_cny,
        cast(sum(contributions.precision_cny) as decimal(20, 2)) as precision_cny,
        list_sort(list_distinct(list(contributions.printed_code) filter (where contributions.printed_code is not null)))
            as printed_codes,
        min(contributions.source) as source,
        min(contributions.document_id) as document_id
    from contributions
    left join crosswalk as gone
        on contributions.harmonised_code = gone.function_code
        and contributions.fiscal_year = gone.fiscal_year
        and gone.harmonised_code <> gone.function_code
    where gone.function_code is null
    group by
        contributions.body_id, contributions.fiscal_year, contributions.phase, contributions.fund,
        contributions.harmonised_code
)

select * from final
