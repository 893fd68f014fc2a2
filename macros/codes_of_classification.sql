{# The codes of one classification, in columns that its own name heads. #}
{% macro codes_of_classification(classification) %}
with codes as (select * from {{ ref('int_classification_code') }} where classification = '{{ classification }}'),

final as (
    select
        code as {{ classification }}_code,
        name_zh as {{ classification }}_name,
        level,
        parent_code,
        class_code,
        former_names,
        evidence,
        first_year,
        last_year
    from codes
)

select * from final
order by {{ classification }}_code
{% endmacro %}
