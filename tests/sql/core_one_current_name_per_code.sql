-- A code has exactly one present name, and its parent exists.
with reference as (select * from {{ ref('int_code_reference') }}),

names as (
    select classification, code, 'current names' as fault
    from reference
    group by classification, code
    having count(*) filter (where is_current) <> 1
),

orphans as (
    select children.classification, children.code, 'no parent' as fault
    from reference as children
    left join reference as parents
        on children.classification = parents.classification
        and children.parent_code = parents.code
    where children.parent_code is not null and parents.code is null
)

select * from names
union all
select * from orphans
