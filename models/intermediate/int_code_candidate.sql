{#- Level by level in columns, and the class is printed wrong: 7 | 11 | 02. -#}
{%- set class_is_cut = "(is_split and length(fragments[1]) < 3 and regexp_full_match(array_to_string(fragments[2:], ' '), '\\d{2} \\d{2}'))" %}
-- Grain: one code that a form line may mean, with the evidence for it; lower ranks are better.
--   exact      the printed digits are the code, in one piece or in fragments
--   completed  the printed digits begin the code (or end it, where only the last level is printed)
--   spread     fragments overlap or run over: the class is the first three digits, the name decides
--   name_only  no digits at all
--   renumbered a whole code of the lowest level, with the name of another code beside it
with lines as (select * from {{ ref('int_code_line') }}),

reference as (select * from {{ ref('int_code_reference') }}),

-- What is printed decides alone: papers that print the same share its candidates, whatever their number.
prints as (
    select distinct
        side, fiscal_year, classification, digits, fragments, name_normalised, is_split, is_well_formed
    from lines
),

-- Two joins on equality, so that a print does not meet every code: names that agree share their first
-- three characters.
paired as (
    select prints.*, reference.* exclude (classification, name_normalised),
        reference.name_normalised as reference_name_normalised
    from prints
    inner join reference
        on prints.classification = reference.classification
        and left(prints.digits, 3) = left(reference.code, 3)
    where length(prints.digits) > 2 and not {{ class_is_cut }}
    union all by name
    select prints.*, reference.* exclude (classification, name_normalised),
        reference.name_normalised as reference_name_normalised
    from prints
    inner join reference
        on prints.classification = reference.classification
        and left(prints.name_normalised, 3) = left(reference.name_normalised, 3)
    where length(prints.digits) < 3 or {{ class_is_cut }}
),

by_code as (
    select
        *,
        {{ names_agree('name_normalised', 'reference_name_normalised') }} as name_agrees
    from paired
),

matched as (
    select
        *,
        case
            when side is not null and level <> 'class' then null
            when digits = code and (name_agrees or not is_split) then 'exact'
            when is_well_formed and not is_split
                then case
                    when name_normalised = reference_name_normalised
                        and parent_code = left(digits, length(digits) - 2)
                        and level = case classification when 'function' then 'item' else 'group' end
                        then 'renumbered'
                end
            when not coalesce(name_agrees, false) then null
            when digits = '' then 'name_only'
            when starts_with(code, digits) then 'completed'
            when length(digits) = 2 and ends_with(code, digits) then 'completed'
            when {{ class_is_cut }} and ends_with(code, array_to_string(fragments[2:], '')) then 'completed'
            when {{ class_is_cut }} then null
            when length(digits) > 2 then 'spread'
        end as resolution
    from by_code
),

named as (
    select
        *,
        case
            when name_agrees
                then {{ name_distance('name_normalised', 'reference_name_normalised') }}
            else 9
        end as name_rank,
        {{ name_in_force_rank('fiscal_year', 'matched') }} as year_rank
    from matched
    where resolution is not null
),

-- One row per code: of its names the one closest to the print.
closest as (
    select
        side,
        fiscal_year,
        classification,
        digits,
        fragments,
        name_normalised,
        code,
        level,
        parent_code,
        resolution,
        case when list_contains(fragments, code) then 0 else 1 end as fragment_rank,
        min(name_rank) as name_rank,
        max(case when name_agrees then length(reference_name_normalised) else 0 end) as name_length,
        arg_min(year_rank, name_rank * 10 + year_rank) as year_rank
    from named
    group by all
),

-- A name alone, and one that the code no longer bears, gives way to a name in force.
ranked as (
    select
        *,
        case resolution
            when 'exact' then 0
            when 'completed' then 1
            when 'spread' then 2
            else case when year_rank = 2 then 4 else 3 end
        end as resolution_rank
    from closest
)

select
    lines.document_id,
    lines.form,
    lines.table_no,
    lines.row_no,
    lines.block_no,
    lines.fiscal_year,
    ranked.code,
    ranked.level,
    ranked.parent_code,
    ranked.resolution,
    ranked.fragment_rank,
    ranked.name_rank,
    ranked.name_length,
    ranked.year_rank,
    ranked.resolution_rank
from lines
inner join ranked
    on lines.side is not distinct from ranked.side
    and lines.fiscal_year is not distinct from ranked.fiscal_year
    and lines.classification = ranked.classification
    and lines.digits = ranked.digits
    and lines.fragments = ranked.fragments
    and lines.name_normalised is not distinct from ranked.name_normalised
