{#-
    A build that goes on from the last one (docs/adr/0015). The job leaves in the schema `changed` of the
    file what the last build knew of its documents (`last_document`), and of which it told that a finding came
    or went (`last_told`); with int_document built, it is known which bodies have papers that are new, changed or
    gone. Of each model computed for them alone, the same schema holds their rows until the build ends.
-#}

{#- Does this build go on from the last one? On Spark none does. -#}
{% macro goes_on() %}
    {{ return(execute and target.type == 'duckdb' and is_table('changed', 'last_document')) }}
{% endmacro %}

{#-
    The file that a build goes on in is the last build itself, by another name (ingest/last_build.py): what the
    build changes must stand in DuckDB's log beside it, until all is done.
-#}
{% macro leave_last_build() %}
    {%- if goes_on() -%}
        {%- do run_query("set wal_autocheckpoint = '1TB'") -%}
        {%- do run_query('pragma disable_checkpoint_on_shutdown') -%}
    {%- endif -%}
{% endmacro %}

{% macro is_table(schema, name) %}
    {%- set found -%}
        select 1 from duckdb_tables()
        where database_name = current_database() and schema_name = '{{ schema }}' and table_name = '{{ name }}'
    {%- endset -%}
    {{ return(run_query(found) | length > 0) }}
{% endmacro %}

{#-
    What a table tells of all papers together (the name of a code that no reference knows) may be read by
    models that are computed by body. Before it is made anew, these columns of it are kept.
-#}
{% macro keep_told(columns) %}
    {%- if goes_on() -%}
        create table {{ told_before(this) }} as select {{ columns }} from {{ this }}
    {%- endif -%}
{% endmacro %}

{% macro told_before(relation) %}
    {{ return(api.Relation.create(
        database=relation.database, schema='changed', identifier='told_' ~ relation.identifier, type='table'
    )) }}
{% endmacro %}

{#-
    Does all that this model reads of unchanged bodies stand? Not where a row that was told is told otherwise,
    or where a model that it reads was made anew for that. A row that is new concerns the changed bodies: what
    an unchanged one prints was told before, and by one row (tests/sql/core_every_code_is_harmonised.sql).
-#}
{% macro is_told_as_before() %}
    {%- set in_schema -%}
        select table_name from duckdb_tables()
        where database_name = current_database() and schema_name = 'changed'
    {%- endset -%}
    {%- set kept = run_query(in_schema).columns[0].values() -%}
    {%- for node in read_models(model).values() -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- set before = told_before(relation) -%}
        {%- if node.config.materialized == 'by_body' and node.alias not in kept -%}
            {{ return(false) }}
        {%- elif before.identifier in kept -%}
            {%- set columns = adapter.get_columns_in_relation(before) | map(attribute='quoted') | join(', ') -%}
            {%- set otherwise = 'from ' ~ before ~ ' except select ' ~ columns ~ ' from ' ~ relation ~ ' limit 1' -%}
            {%- if run_query(otherwise) | length > 0 -%}
                {{ return(false) }}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{% endmacro %}

{#- The changed bodies' rows of a model. -#}
{% macro part_of_changed(relation) %}
    {{ return(api.Relation.create(
        database=relation.database, schema='changed', identifier=relation.identifier, type='table'
    )) }}
{% endmacro %}

{#- The keys of what has changed, by the column that a model names its rows' owner in. -#}
{% macro changed_owners(owner) %}
    {{- 'changed.changed_' ~ {
        'document_id': 'document', 'body_id': 'department', 'department_id': 'department', 'peer_group': 'peer_group',
    }[owner] -}}
{% endmacro %}

{#-
    The same select over some bodies' papers, those of a portion or else the changed ones: of each model that
    is computed by body their rows, of what is told by document (staging, int_document) their documents.
-#}
{% macro over_bodies(select, portion=none) %}
    {%- set documents = 'from ' ~ changed_owners('document_id') if portion is none
        else 'select document_id from portions.portion_document where portion = ' ~ portion -%}
    {%- set replaced = namespace(sql=select) -%}
    {%- for node in read_models(model).values() -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- if node.config.materialized == 'by_body' -%}
            {%- set part = part_of_changed(relation) if portion is none else part_of_portion(relation, portion) -%}
            {%- set replaced.sql = replaced.sql | replace(relation | string, part | string) -%}
        {%- elif node.config.get('meta', {}).get('by_document') -%}
            {%- set part = drawn_of(relation) if portion is none and is_drawn(node)
                else rows_where(relation, 'document_id in (' ~ documents ~ ')') -%}
            {%- set replaced.sql = replaced.sql | replace(relation | string, part | string) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(replaced.sql) }}
{% endmacro %}

{#- Some rows of a relation in its place. On one line: a relation may be named in a comment. -#}
{% macro rows_where(relation, condition) %}
    {{- return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ')') -}}
{% endmacro %}

{#- The models a node reads, by their key; for one that is ephemeral, what that reads. -#}
{% macro read_models(node) %}
    {%- set found = {} -%}
    {%- for key in node.depends_on.nodes if key in graph.nodes -%}
        {%- set other = graph.nodes[key] -%}
        {%- if other.config.materialized == 'ephemeral' -%}
            {%- do found.update(read_models(other)) -%}
        {%- elif other.resource_type == 'model' -%}
            {%- do found.update({key: other}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- Behind int_document, which knows all papers and bodies: what is to be computed, and in which portions. -#}
{% macro draw_bodies() %}
    {%- if goes_on() -%}
        {{ draw_changed() }}
    {%- elif execute and target.type == 'duckdb' -%}
        {{ draw_portions() }}
    {%- endif -%}
{% endmacro %}

{#-
    Is this model one of those that tell of each document by itself and are there before a body is computed?
    Their rows of the changed documents are asked for again and again, and are looked up once.
-#}
{% macro is_drawn(node) %}
    {{ return(node.config.get('meta', {}).get('by_document') and node.config.materialized in ('view', 'table')) }}
{% endmacro %}

{#- Not by the name of the model's own part: such a model is made of all documents, and tested over all. -#}
{% macro drawn_of(relation) %}
    {{ return(api.Relation.create(
        database=relation.database, schema='changed', identifier='drawn_' ~ relation.identifier, type='table'
    )) }}
{% endmacro %}

{#- The papers and names of the bodies of which a paper is new, changed or gone, and what is told of the papers. -#}
{% macro draw_changed() %}
    -- What was told with a build that was not published must be told again.
    create table changed.differing_document as
    select document_id
    from (select document_id, hash(told) as told from {{ this }} as told) as document
    full join changed.last_document using (document_id)
    where document.told is distinct from last_document.told
    union
    select document_id
    from changed.last_told
    anti join {{ ref('stg_ledger__publication') }} using (publication, published_at);

    -- With them go the bodies whose names are spelled alike in their division: R-identity-02 compares them.
    create table changed.changed_body as
    with differing as (from changed.differing_document),

    papers as (
        select document_id, body_id, district_code, name_spelling from {{ this }}
        union
        select document_id, body_id, district_code, name_spelling from changed.last_document
    )

    select distinct coalesce(body_id, document_id) as body_id
    from papers
    where document_id in (select document_id from differing)
        or (district_code, name_spelling) in (
            select (district_code, name_spelling)
            from papers
            inner join differing using (document_id)
            where name_spelling is not null
        );

    create table changed.changed_document as
    select document_id
    from (
        select document_id, body_id from {{ this }}
        union
        select document_id, body_id from changed.last_document
    )
    where coalesce(body_id, document_id) in (from changed.changed_body)
    union
    from changed.differing_document;

    create table changed.changed_department as
    select body_id as department_id from changed.changed_body
    union
    select department_id
    from {{ ref('int_renamed_department') }}
    where current_department_id in (from changed.changed_body);
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') if is_drawn(node) -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) %}

    create table {{ drawn_of(relation) }} as
    from {{ relation }} where document_id in (from changed.changed_document);
    {%- endfor -%}
{% endmacro %}

{#-
    A generic test looks at the changed bodies' rows, as the others were tested when they were made; one of the
    ledger that tells rows apart within a document, at the documents that were read since.
-#}
{% macro duckdb__get_where_subquery(relation) %}
    {%- set part = part_of_changed(relation) -%}
    {%- set columns = model.test_metadata.kwargs.columns or [] -%}
    {%- if not config.get('where') and model.test_metadata.name != 'not_empty' and is_table('changed', part.identifier) -%}
        {{ return(part) }}
    {%- elif relation.schema == 'staging' and 'document_id' in columns and goes_on() -%}
        {%- set read_since -%}
            select document_id from {{ relation.include(identifier=false) }}.stg_ledger__document
            anti join changed.last_document using (document_id, loaded_at)
        {%- endset -%}
        {{ return(rows_where(relation, 'document_id in (' ~ read_since | replace('\n', ' ') ~ ')')) }}
    {%- endif -%}
    {{ return(rows_asked_of(relation)) }}
{% endmacro %}

{#- A test of its own SQL that asks each document by itself (meta.by_document) looks there too. -#}
{% macro duckdb__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
    {%- if model.config.get('meta', {}).get('by_document') and goes_on() -%}
        {%- set main_sql = over_bodies(main_sql) -%}
    {%- endif -%}
    {{ return(default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit)) }}
{% endmacro %}
