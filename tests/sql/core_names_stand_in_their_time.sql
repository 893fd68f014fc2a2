-- A name was not seen outside the dates it is said to have been in force, two names of a code do not
-- overlap where their dates are known, and no code begins before the code above it.
with reference as (select * from {{ ref('int_code_reference') }}),

seen_outside as (
    select classification, code, name_zh, 'seen outside its dates' as fault
    from reference
    where first_year < year(valid_from) or last_year > year(valid_to) or valid_from > valid_to
),

overlapping as (
    select earlier.classification, earlier.code, earlier.name_zh, 'overlaps ' || later.name_zh as fault
    from reference as earlier
    inner join reference as later
        on earlier.classification = later.classification
        and earlier.code = later.code
        and earlier.name_zh <> later.name_zh
    where later.valid_from between coalesce(earlier.valid_from, later.valid_from) and earlier.valid_to
        or later.valid_from = earlier.valid_from
),

early as (
    select children.classification, children.code, children.name_zh, 'begins before the code above' as fault
    from reference as children
    inner join reference as parents
        on children.classification = parents.classification
        and children.parent_code = parents.code
        and parents.is_current
    where children.is_current
        and children.valid_from < parents.valid_from
        and parents.code not in (
            select code from reference as former
            where former.classification = parents.classification and not former.is_current
        )
)

select * from seen_outside
union all
select * from overlapping
union all
select * from early
