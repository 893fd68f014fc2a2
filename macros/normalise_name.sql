{#- A printed name as compared: no blanks, one kind of bracket, quote and comma. -#}
{% macro normalise_name(name) -%}
    translate(
        regexp_replace({{ name }}, '[\s　_]+', '', 'g'),
        '()[]【】“”‘’「」『』，,;；·',
        '（）（）（）""""""""、、、、、'
    )
{%- endmacro %}



{#- A normalised label without the ordinal, or the 其中, it opens with. -#}
{% macro without_ordinal(name) -%}
    regexp_replace({{ name }}, '^(其中[:：]?|（?[一二三四五六七八九十百]+[）、.．]+|（?[0-9]+[）、.．]+)+', '')
{%- endmacro %}


{#- Two names agree when equal, or when one begins the other: cells cut names off and add noisy
    tails. A name of one or two characters begins too many others to count. -#}
{% macro names_agree(printed, reference) -%}
    (
        {{ printed }} = {{ reference }}
        or (length({{ printed }}) > 2 and starts_with({{ reference }}, {{ printed }}))
        or (length({{ reference }}) > 2 and starts_with({{ printed }}, {{ reference }}))
    )
{%- endmacro %}


{#- How well they agree: 0 equal, 1 cut short in print, 2 with a noisy tail. Lower is better. -#}
{% macro name_distance(printed, reference) -%}
    case
        when {{ printed }} = {{ reference }} then 0
        when starts_with({{ reference }}, {{ printed }}) then 1
        else 2
    end
{%- endmacro %}
