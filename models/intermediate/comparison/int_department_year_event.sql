-- Grain: one body and one span of days in which something happened to it that its figures show, with
-- the reason it gives against comparing them. A date known by its year alone may be any day of it.
with events as (select * from {{ ref('int_department_event') }} where kind <> 'renamed' and effective_date is not null),

departments as (select * from {{ ref('dim_department') }}),

-- What an event means to the body it happened to, and to the other one.
ends as (
    select
        department_id,
        effective_date,
        date_precision,
        case kind
            when 'moved' then scope || '_moved'
            when 'dissolved' then case when month(effective_date) = 12 then 'dissolved' else 'dissolved_midyear' end
            when 'accounts_cover' then 'accounts_cover_other'
            else kind
        end as reason
    from events
    union all
    select
        related_department_id,
        effective_date,
        date_precision,
        case kind
            when 'moved' then scope || '_moved'
            when 'subordinated' then 'unit_joined'
            when 'dissolved' then 'unit_joined'
            when 'accounts_cover' then 'accounts_elsewhere'
            else kind
        end
    from events
),

final as (
    select distinct
        departments.current_department_id as body_id,
        ends.effective_date as first_day,
        case when ends.date_precision = 'year' then make_date(year(ends.effective_date), 12, 31) else ends.effective_date end
            as last_day,
        ends.reason
    from ends
    inner join departments on ends.department_id = departments.department_id
)

select * from final
