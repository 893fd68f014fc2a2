{#- Yuan in one unit as printed; null where the unit is no unit of money. -#}
{% macro unit_value(unit) -%}
    cast(case regexp_replace({{ unit }}, '^人民币|[（(].*$|\s', '', 'g')
        when '元' then 1
        when '百元' then 100
        when '千元' then 1000
        when '万元' then 10000
        when '百万元' then 1000000
        when '亿元' then 100000000
    end as decimal(10, 0))
{%- endmacro %}


{#- The value of the last of so many decimal places, exact: 2 -> 0.01. -#}
{% macro decimal_place(decimals) -%}
    cast(case {{ decimals }}
        when 0 then '1' when 1 then '0.1' when 2 then '0.01'
        when 3 then '0.001' when 4 then '0.0001' when 5 then '0.00001' when 6 then '0.000001'
    end as decimal(9, 6))
{%- endmacro %}


{#- Yuan to the cent; no float on the way. -#}
{% macro to_yuan(amount, unit) -%}
    cast({{ amount }} * {{ unit_value(unit) }} as decimal(20, 2))
{%- endmacro %}


{#- Yuan in one unit of the last printed place; a place below the cent counts as a cent. -#}
{% macro precision_in_yuan(decimals, unit) -%}
    cast(case
        when {{ unit_value(unit) }} * {{ decimal_place(decimals) }} < 0.01 then 0.01
        else {{ unit_value(unit) }} * {{ decimal_place(decimals) }}
    end as decimal(20, 2))
{%- endmacro %}


{#- Yuan as 万元 in text: at least two decimals, no trailing zeros beyond them, no float on the way. -#}
{% macro in_wan(amount) -%}
    regexp_replace(
        cast(cast({{ amount }} * cast(0.0001 as decimal(5, 4)) as decimal(24, 6)) as varchar),
        '([.][0-9]{2}[0-9]*?)0+$', '\1'
    )
{%- endmacro %}
