{#-
    A build from nothing takes a large warehouse in portions, so that what a model holds in memory is bounded
    by a portion and not by the warehouse: whole bodies, with all whose names are spelled alike in a division,
    up to some number of documents (var documents_at_once, or JUESUAN_DOCUMENTS_AT_ONCE). The rows of a model stand portion by portion, and
    the schema `portions` says from where to where, until the build ends.
-#}

{#- How many there are; 0 where the warehouse is taken whole. -#}
{% macro number_of_portions() %}
    {%- if not is_table('portions', 'portion_document') -%}
        {{ return(0) }}
    {%- endif -%}
    {{ return(run_query('select max(portion) + 1 from portions.portion_document').columns[0][0] | int) }}
{% endmacro %}

{#- Behind int_document: which documents make up which portion. -#}
{% macro draw_portions() %}
    drop schema if exists portions cascade;
    {%- set documents = run_query('select count(*) from ' ~ this).columns[0][0] -%}
    {%- set at_once = env_var('JUESUAN_DOCUMENTS_AT_ONCE', var('documents_at_once') | string) | int -%}
    {%- if documents > at_once %}
        create schema portions;
        create table portions.stretch (model varchar, portion integer, begins bigint, ends bigint);
        create table portions.portion_document as
        with recursive places as (
            select
                document_id,
                coalesce(body_id, document_id) as body_id,
                coalesce(district_code, document_id) as place
            from {{ this }}
        ),

        -- A body with papers in two divisions keeps both together.
        linked as (
            select one.place, other.place as other_place
            from (select distinct body_id, place from places) as one
            inner join (select distinct body_id, place from places) as other using (body_id)
            group by all
        ),

        reached as (
            select distinct place, place as first_place from places
            union
            select linked.other_place, reached.first_place
            from reached
            inner join linked using (place)
        ),

        neighbours as (select place, min(first_place) as first_place from reached group by place),

        sizes as (
            select neighbours.first_place, count(*) as documents
            from places
            inner join neighbours using (place)
            group by all
        ),

        shares as (
            select
                first_place,
                (sum(documents) over (order by first_place) - documents) // {{ at_once }} as share
            from sizes
        ),

        numbered as (select first_place, dense_rank() over (order by share) - 1 as portion from shares)

        select places.document_id, numbered.portion
        from places
        inner join neighbours using (place)
        inner join numbered using (first_place)
    {%- endif -%}
{% endmacro %}

{#- The rows of a model that were made of a portion. -#}
{% macro part_of_portion(relation, portion) %}
    {%- set stretch = run_query(
        "select begins, ends from portions.stretch where model = '" ~ relation ~ "' and portion = " ~ portion
    ).rows[0] -%}
    {{ return(rows_where(relation, 'rowid >= ' ~ stretch[0] ~ ' and rowid < ' ~ stretch[1])) }}
{% endmacro %}

{#- Remember which rows a portion has made: those behind the portion before. A model made again begins anew. -#}
{% macro note_portion(relation, portion) %}
    {%- call statement('note') -%}
        {% if portion == 0 %}delete from portions.stretch where model = '{{ relation }}';{% endif %}
        insert into portions.stretch
        select
            '{{ relation }}',
            {{ portion }},
            coalesce((select max(ends) from portions.stretch where model = '{{ relation }}'), 0),
            (select count(*) from {{ relation }})
    {%- endcall -%}
{% endmacro %}
