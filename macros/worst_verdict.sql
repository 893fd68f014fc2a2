{#- The worst verdict among reasons. One that the seed does not know is no licence to compare. -#}
{% macro worst_verdict(verdict) -%}
    case
        when bool_or(coalesce({{ verdict }}, 'not_comparable') = 'not_comparable') then 'not_comparable'
        when bool_or({{ verdict }} = 'with_care') then 'with_care'
        else 'comparable'
    end
{%- endmacro %}
