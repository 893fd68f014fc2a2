{#- A sentence of seeds/finding_sentence.csv in one language, its places in braces filled; a place without
    a value is left empty. `places` maps each place to the expression that fills it, in which LANGUAGE
    stands for the language. -#}
{% macro fill_sentence(sentence, places, language) -%}
    {%- set filled = namespace(sql=sentence) -%}
    {%- for place, expression in places.items() -%}
        {%- set value = expression | replace('LANGUAGE', language) -%}
        {%- set filled.sql = "replace(" ~ filled.sql ~ ", '{" ~ place ~ "}', coalesce(" ~ value ~ ", ''))" -%}
    {%- endfor -%}
    {{ filled.sql }}
{%- endmacro %}
