{#-
    A model whose rows belong to one group of peers each and follow from the papers of the bodies in it. A build
    from nothing makes a table of all; one that goes on computes the groups of which a body has changed, or had
    changed when it was in another, over the rows of all their bodies.
-#}
{% materialization by_peer_group, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and goes_on() and is_told_as_before() -%}
        {%- set bodies = 'from ' ~ changed_owners('department_id') -%}
        {%- call statement('groups') -%}
            create table {{ changed_owners('peer_group') }} as
            select peer_group from {{ ref('int_peer_group') }} where department_id in ({{ bodies }})
            union
            select peer_group from {{ this }} where department_id in ({{ bodies }})
        {%- endcall -%}
        {%- do replace_rows('peer_group', over_peer_groups(compiled_code)) -%}
    {%- else -%}
        {%- do drop_relation_if_exists(existing) -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, compiled_code) }}
        {%- endcall -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- Spark builds from nothing. -#}
{% materialization by_peer_group, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{#- The same select over the changed groups: of each model that is computed by body, the rows of their bodies. -#}
{% macro over_peer_groups(select) %}
    {%- set bodies -%}
        select department_id from {{ ref('int_peer_group') }} where peer_group in (from {{ changed_owners('peer_group') }})
    {%- endset -%}
    {%- set replaced = namespace(sql=select) -%}
    {%- for node in read_models(model).values() if node.config.materialized == 'by_body' -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- set rows = rows_where(relation, node.config.meta.owner ~ ' in (' ~ bodies ~ ')') -%}
        {%- set replaced.sql = replaced.sql | replace(relation | string, rows) -%}
    {%- endfor -%}
    {{ return(replaced.sql) }}
{% endmacro %}
