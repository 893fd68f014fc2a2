{%- set figures = [
    ('total', 'balance', 'all', 'total'),
    ('income', 'income', 'all', 'total'),
    ('expenditure', 'expenditure', 'all', 'total'),
    ('basic', 'expenditure', 'all', 'basic'),
    ('project', 'expenditure', 'all', 'project'),
    ('personnel', 'expenditure', 'general_public', 'personnel'),
    ('public', 'expenditure', 'general_public', 'public'),
    ('general_public', 'expenditure', 'general_public', 'total'),
    ('government_fund', 'expenditure', 'government_fund', 'total'),
    ('state_capital', 'expenditure', 'state_capital', 'total'),
    ('three_public', 'three_public', 'general_public', 'total'),
] -%}
{%- set sourced = ['total', 'income', 'expenditure'] -%}
-- Grain: one body under its present name, fiscal year and phase; each figure by the telling that
-- speaks for it (fct_figure_candidate has the others), null where no paper tells it.
with figures as (
    select * from {{ ref('int_figure_candidate') }}
    where is_preferred and body_id is not null and function_code = 'total'
),

staff as (select * from {{ ref('int_staff_count') }}),

prices as (select * from {{ ref('int_price_index') }}),

peers as (select * from {{ ref('int_peer_group') }}),

papers as (select * from {{ ref('int_department_year_phase') }}),

own_reasons as (
    select body_id, fiscal_year, phase, list(reason order by reason) as reasons
    from {{ ref('int_department_year_reason') }}
    group by body_id, fiscal_year, phase
),

comparability as (
    select * from {{ ref('int_comparability') }}
    where phase = other_phase and fiscal_year = other_fiscal_year + 1
),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

named as (
    select
        *,
        case
            {%- for name, statement, fund, nature in figures %}
            when statement = '{{ statement }}' and fund = '{{ fund }}' and nature = '{{ nature }}' then '{{ name }}'
            {%- endfor %}
        end as name
    from figures
),

by_year as (
    select
        body_id,
        fiscal_year,
        phase,
        {%- for name, _, _, _ in figures %}
        max(amount_cny) filter (where name = '{{ name }}') as {{ name }}_cny,
        {%- endfor %}
        {%- for name in sourced %}
        max(source) filter (where name = '{{ name }}') as {{ name }}_source,
        max(document_id) filter (where name = '{{ name }}') as {{ name }}_document_id,
        {%- endfor %}
        list_sort(list_distinct(list(document_id))) as document_ids
    from named
    where name is not null
    group by body_id, fiscal_year, phase
),

with_previous as (
    select
        by_year.*,
        previous.total_cny as previous_total_cny,
        previous.expenditure_cny as previous_expenditure_cny,
        previous.body_id is not null as has_previous
    from by_year
    left join by_year as previous
        on by_year.body_id = previous.body_id
        and by_year.phase = previous.phase
        and by_year.fiscal_year = previous.fiscal_year + 1
),

final as (
    select
        years.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        peers.peer_group,
        peers.peer_group_name,
        years.fiscal_year,
        years.phase,
        papers.perimeter,
        {%- for name, _, _, _ in figures %}
        years.{{ name }}_cny,
        {%- endfor %}
        cast(years.total_cny * prices.to_base_prices as decimal(20, 2)) as total_real_cny,
        cast(years.expenditure_cny * prices.to_base_prices as decimal(20, 2)) as expenditure_real_cny,
        staff.staff_count,
        cast(round(years.expenditure_cny / nullif(staff.staff_count, 0), 2) as decimal(20, 2))
            as expenditure_per_head_cny,
        cast(round(years.personnel_cny / nullif(staff.staff_count, 0), 2) as decimal(20, 2)) as personnel_per_head_cny,
        cast(years.total_cny - years.previous_total_cny as decimal(20, 2)) as total_change_cny,
        cast(years.expenditure_cny - years.previous_expenditure_cny as decimal(20, 2)) as expenditure_change_cny,
        {{ per_cent('years.expenditure_cny - years.previous_expenditure_cny', 'years.previous_expenditure_cny') }}
            as expenditure_change_pct,
        {%- for name in sourced %}
        years.{{ name }}_source,
        years.{{ name }}_document_id,
        {%- endfor %}
        staff.document_id as staff_document_id,
        years.document_ids,
        coalesce(own_reasons.reasons, cast([] as varchar[])) as cautions,
        case when years.has_previous then comparability.verdict end as comparability,
        case when years.has_previous then comparability.reasons end as comparability_reasons
    from with_previous as years
    inner join departments on years.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join peers on years.body_id = peers.department_id
    left join papers
        on years.body_id = papers.body_id
        and years.fiscal_year = papers.fiscal_year
        and years.phase = papers.phase
    left join own_reasons
        on years.body_id = own_reasons.body_id
        and years.fiscal_year = own_reasons.fiscal_year
        and years.phase = own_reasons.phase
    left join staff on years.body_id = staff.body_id and years.fiscal_year = staff.fiscal_year
    left join prices on years.fiscal_year = prices.fiscal_year
    left join comparability
        on years.body_id = comparability.body_id
        and years.fiscal_year = comparability.fiscal_year
        and years.phase = comparability.phase
)

select * from final
order by department_id, fiscal_year, phase
