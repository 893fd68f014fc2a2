{#- How well a name of the reference fits a year: 0 in force, 1 the present name in another year, 2 a
    former name. A former name whose end is not known is never taken to be in force. -#}
{% macro name_in_force_rank(fiscal_year, reference) -%}
    case
        when {{ fiscal_year }} between coalesce(year({{ reference }}.valid_from), 0)
            and coalesce(year({{ reference }}.valid_to), 9999)
            and ({{ reference }}.is_current or {{ reference }}.valid_to is not null) then 0
        when {{ reference }}.is_current then 1
        else 2
    end
{%- endmacro %}
