{#- A body's printed name without the marks of its state, party and perimeter: 原…, 中共…, （汇总）, 本级,
    and without a second name in brackets. A bracket that opens the name is no second name; where nothing but
    marks is printed, they are the name. -#}
{% macro bare_department_name(name) -%}
    coalesce(
        nullif(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        {{ normalise_name(name) }}, '^(原|中共|中国共产党|（(原|本级|汇总)）)+', ''
                    ),
                    '(.)（.*$', '\1'
                ),
                '(本级|汇总)$', ''
            ),
            ''
        ),
        {{ normalise_name(name) }}
    )
{%- endmacro %}


{% macro department_key(district_code, department_name) -%}
    {{ surrogate_key([district_code, department_name]) }}
{%- endmacro %}


{#- A name in its division as two spellings of one body share it. It never joins two bodies; it only finds pairs
    to ask about. -#}
{% macro spelling_key(body_name, division_name) -%}
    {%- set forms = [
        ('人民代表大会', '人大'), ('常务委员会', '常委'), ('常委会', '常委'), ('委员会', '委'),
        ('人民政府', ''), ('政府', ''), ('办公室', '办'), ('办事处', '办'), ('管理局', '局'), ('和', ''), ('与', ''), ('、', ''),
    ] -%}
    {%- set ns = namespace(text="replace(" ~ body_name ~ ", " ~ division_name ~ ", '')") -%}
    {%- for long, short in forms -%}
        {%- set ns.text = "replace(" ~ ns.text ~ ", '" ~ long ~ "', '" ~ short ~ "')" -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}


{#- A division's name without the word for its level: 武汉市 武汉, 广西壮族自治区 广西. -#}
{% macro short_place_name(name) -%}
    regexp_replace({{ name }}, '(省|市|地区|盟|特别行政区|(壮族|回族|维吾尔)?自治区)$', '')
{%- endmacro %}
