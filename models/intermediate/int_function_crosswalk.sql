-- Grain: one function code in one fiscal year, with the one harmonised code it is compared as.
--   kind    same | renamed | recoded | split (to its main part) | merged
--   weight  share of the code's amount that goes to the harmonised code
-- Where seeds/crosswalk_function.csv says nothing, an item follows its group, a residual item of a
-- number the reference does not know follows its name, and all others are the same.
with codes as (select * from {{ ref('int_classification_code') }} where classification = 'function'),

crosswalk as (select * from {{ ref('crosswalk_function') }}),

expenditure as (select * from {{ ref('int_expenditure') }}),

span as (
    select min(fiscal_year) as first_year, max(fiscal_year) as last_year
    from (
        select first_year as fiscal_year from codes
        union all
        select last_year from codes
        union all
        select fiscal_year from expenditure
    )
),

years as (
    select cast(unnest(generate_series(first_year, last_year)) as integer) as fiscal_year from span
),

stated as (
    select
        crosswalk.function_code,
        years.fiscal_year,
        crosswalk.harmonised_code,
        crosswalk.kind,
        crosswalk.weight,
        crosswalk.source
    from crosswalk
    inner join years
        on years.fiscal_year between coalesce(year(crosswalk.valid_from), 0) and coalesce(year(crosswalk.valid_to), 9999)
),

-- The same item below the group its own group became: it must exist and, unless the whole group
-- only changed its number, bear the same name.
followed as (
    select
        items.code as function_code,
        stated.fiscal_year,
        targets.code as harmonised_code,
        stated.kind,
        stated.weight,
        stated.source
    from codes as items
    inner join stated
        on items.parent_code = stated.function_code and stated.harmonised_code <> stated.function_code
    inner join codes as targets
        on stated.harmonised_code || right(items.code, 2) = targets.code
        and (stated.kind = 'recoded' or items.name_zh = targets.name_zh)
),

-- Residual items bore 01 before they all became 99.
residual as (
    select
        items.code as function_code,
        years.fiscal_year,
        targets.code as harmonised_code,
        'recoded' as kind,
        cast(1 as decimal(9, 6)) as weight,
        'same name as the residual item of its group' as source
    from codes as items
    inner join codes as targets
        on items.parent_code = targets.parent_code
        and items.name_zh = targets.name_zh
        and ends_with(items.code, '9901')
        and ends_with(targets.code, '9999')
    cross join years
    where not items.is_in_reference
),

candidates as (
    select *, 0 as precedence from stated
    union all by name
    select *, 1 as precedence from followed
    union all by name
    select *, 2 as precedence from residual
),

-- All rows of the first source that speaks, so that a split by weights would keep its parts.
chosen as (
    select *
    from candidates
    qualify precedence = min(precedence) over (partition by function_code, fiscal_year)
),

final as (
    select
        codes.code as function_code,
        years.fiscal_year,
        coalesce(chosen.harmonised_code, codes.code) as harmonised_code,
        coalesce(chosen.kind, 'same') as kind,
        cast(coalesce(chosen.weight, 1) as decimal(9, 6)) as weight,
        chosen.source
    from codes
    cross join years
    left join chosen on codes.code = chosen.function_code and years.fiscal_year = chosen.fiscal_year
)

select * from final
order by function_code, fiscal_year
