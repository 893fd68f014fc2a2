{# The codes of one classification, in columns that its own name heads; the code of the standard it
   is mapped to stands in a column of that standard's name. #}
{% macro codes_of_classification(classification, standard) %}
    select
        code as {{ classification }}_code,
        name_zh as {{ classification }}_name,
        name_en as {{ classification }}_name_en,
        level,
        parent_code,
        class_code,
        former_names,
        valid_from,
        valid_to,
        evidence,
        documents,
        first_year,
        last_year,
        is_in_reference,
        source,
        target_code as {{ standard }}_code,
        mapping_status
    from {{ ref('int_classification_code') }}
    where classification = '{{ classification }}'
{%- endmacro %}
