{#-
    A model that tells what is new with this build, of each document by itself: a table, made anew each time. A
    build that goes on from the last one asks the changed bodies' papers alone, as there is nothing new in others;
    all, where what it reads of them was made anew.
-#}
{% materialization news, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
    {%- set only_changed = goes_on() and is_told_as_before() -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, over_bodies(compiled_code) if only_changed else compiled_code) }}
    {%- endcall -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- Spark builds from nothing. -#}
{% materialization news, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
