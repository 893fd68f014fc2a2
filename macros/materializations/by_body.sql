{#-
    A model whose rows belong to one body each and follow from the papers of that body alone. In a build
    from nothing it is a table, made of one portion of the bodies after the other (portions.sql). In a build
    that goes on from the last one (docs/adr/0015), it is computed for the bodies of which a paper is new,
    changed or gone, and takes the place of their rows; but where what it tells of other bodies may have
    changed (is_told_as_before), the table is made anew.

    meta.owner says which column tells whose a row is: document_id (the default), body_id or department_id.
-#}
{% materialization by_body, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and goes_on() and is_told_as_before() -%}
        {%- do replace_rows(config.get('meta', {}).get('owner', 'document_id'), over_bodies(compiled_code)) -%}
    {%- else -%}
        {%- do drop_relation_if_exists(existing) -%}
        {%- set portions = number_of_portions() -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, over_bodies(compiled_code, 0) if portions else compiled_code) }}
        {%- endcall -%}
        {%- do note_portion(this, 0) if portions -%}
        {%- for portion in range(1, portions) -%}
            {%- call statement('portion') -%}
                insert into {{ this }} by name select * from (
                {{ over_bodies(compiled_code, portion) }}
                )
            {%- endcall -%}
            {%- do note_portion(this, portion) -%}
        {%- endfor -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- The rows of the changed owners take the place of those they had. -#}
{% macro replace_rows(owner, select) %}
    {%- set part = part_of_changed(this) -%}
    {%- call statement('part') -%}
        {{ create_table_as(False, part, select) }}
    {%- endcall -%}
    {%- call statement('main') -%}
        delete from {{ this }} where {{ owner }} in (from {{ changed_owners(owner) }});
        insert into {{ this }} by name from {{ part }}
    {%- endcall -%}
{% endmacro %}

{#- Spark builds from nothing. -#}
{% materialization by_body, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
