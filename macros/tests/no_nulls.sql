{#- Fails for every listed column that is null somewhere: one query a relation, not one a column. -#}
{% test no_nulls(model, columns) %}
{%- for column in columns %}
select '{{ column }}' as column_name, count(*) as rows_found
from {{ model }}
where {{ column }} is null
having count(*) > 0
{%- if not loop.last %}
union all
{%- endif -%}
{%- endfor %}
{% endtest %}
