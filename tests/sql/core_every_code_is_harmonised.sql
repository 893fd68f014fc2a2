-- Every function code of every year of the expenditure has one harmonised code, with the whole of its
-- amount; a harmonised code is its own; and there are codes to judge.
with crosswalk as (select * from {{ ref('int_function_crosswalk') }}),

expenditure as (
    select distinct function_code, fiscal_year
    from {{ ref('fct_expenditure') }}
    where function_code <> 'total'
),

uncovered as (
    select expenditure.function_code, expenditure.fiscal_year, 'no harmonised code' as fault
    from expenditure
    left join crosswalk using (function_code, fiscal_year)
    where crosswalk.harmonised_code is null
),

shares as (
    select function_code, fiscal_year, 'not one harmonised code of weight one' as fault
    from crosswalk
    group by function_code, fiscal_year
    having count(*) <> 1 or sum(weight) <> 1
),

chains as (
    select crosswalk.function_code, crosswalk.fiscal_year, 'harmonised code leads on' as fault
    from crosswalk
    left join crosswalk as targets
        on crosswalk.harmonised_code = targets.function_code and crosswalk.fiscal_year = targets.fiscal_year
    where targets.harmonised_code is distinct from crosswalk.harmonised_code
),

nothing as (
    select cast(null as varchar) as function_code, cast(null as integer) as fiscal_year, 'no codes' as fault
    where not exists (select 1 from crosswalk)
)

select * from uncovered
union all
select * from shares
union all
select * from chains
union all
select * from nothing
