{#- Fails where the relation holds no row: a check may not pass on nothing. -#}
{% test not_empty(model) %}
select 0 as rows_found
where not exists (select 1 from {{ model }})
{% endtest %}
