{#- Checks of two figures that should be equal, with their difference and status. -#}
{% macro judged_equal(equalities) %}
    select
        * exclude (difference),
        cast(left_value - right_value as decimal(20, 2)) as difference,
        case
            when left_value = right_value then 'pass'
            when abs(left_value - right_value) <= tolerance then 'rounding'
            else 'fail'
        end as status
    from {{ equalities }}
{%- endmacro %}


{#- The columns in which every model of the performance tables tells its checks. -#}
{% macro performance_checks(checks) %}
select
    document_id,
    rule_id,
    instance_key,
    form,
    row_key,
    measure,
    subject,
    left_printed,
    right_printed,
    value_unit,
    cast(left_value as decimal(20, 2)) as left_value,
    cast(right_value as decimal(20, 2)) as right_value,
    cast(difference as decimal(20, 2)) as difference,
    cast(tolerance as decimal(20, 3)) as tolerance,
    cast(n_terms as integer) as n_terms,
    status,
    page
from {{ checks }}
{%- endmacro %}
