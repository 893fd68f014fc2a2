-- Grain: one reason for care with the figures of one body's year and phase, whatever they are compared
-- with.
with years as (select * from {{ ref('int_department_year_phase') }}),

events as (select * from {{ ref('int_department_year_event') }}),

of_papers as (
    select
        body_id,
        fiscal_year,
        phase,
        unnest([
            case source when 'implied' then 'implied_figure' when 'claim' then 'stated_figure' end,
            case when has_missing_forms then 'forms_missing' end,
            case when has_publisher_errors then 'publisher_errors' end,
            case when has_extraction_errors then 'extraction_errors' end,
            case when valid_from > make_date(fiscal_year, 1, 1) then 'part_year' end,
            case when valid_to < make_date(fiscal_year, 12, 31) then 'dissolved_midyear' end
        ]) as reason
    from years
),

-- What happens on the first day of a year leaves the year whole.
of_lineage as (
    select years.body_id, years.fiscal_year, years.phase, events.reason
    from years
    inner join events
        on years.body_id = events.body_id
        and events.last_day > make_date(years.fiscal_year, 1, 1)
        and events.first_day <= make_date(years.fiscal_year, 12, 31)
),

final as (
    select body_id, fiscal_year, phase, reason from of_papers where reason is not null
    union
    select body_id, fiscal_year, phase, reason from of_lineage
)

select * from final
