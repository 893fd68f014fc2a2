{#-
    Fails for every combination of the columns that stands more than once. Asked of hashes first, and of the
    columns themselves only where two hashes are equal: all keys of a large table do not fit into memory.
-#}
{% test unique_combination(model, columns) %}
{%- set key_columns = columns | join(', ') %}
with suspects as (
    select hash({{ key_columns }}) as key_hash
    from {{ model }}
    group by hash({{ key_columns }})
    having count(*) > 1
)

select {{ key_columns }}, count(*) as rows_found
from {{ model }}
where hash({{ key_columns }}) in (select key_hash from suspects)
group by {{ key_columns }}
having count(*) > 1
{% endtest %}
