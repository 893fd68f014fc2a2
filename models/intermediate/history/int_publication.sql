-- Grain: one publication up to the one that is being built. Its number and time come from the refresh,
-- which records them in the ledger when it publishes; built from the ledger alone, the newest recorded
-- publication is built again. No clock is asked here, so the same ledger gives the same dates.
with recorded as (select * from {{ ref('stg_ledger__publication') }}),

{% if env_var('JUESUAN_PUBLICATION', '') -%}
building as (
    select
        cast('{{ env_var("JUESUAN_PUBLICATION") }}' as integer) as publication,
        cast('{{ env_var("JUESUAN_PUBLISHED_AT") }}' as timestamp) as published_at,
        '{{ env_var("JUESUAN_EXTRACTOR_VERSION") }}' as extractor_version,
        '{{ env_var("JUESUAN_PROJECT_VERSION") }}' as project_version
),
{%- else -%}
documents as (select * from {{ ref('stg_ledger__document') }}),

building as (
    select publication, published_at, extractor_version, project_version
    from recorded
    qualify row_number() over (order by publication desc) = 1
    union all
    -- Nothing is published yet: the time of the newest reading.
    select
        1,
        max(loaded_at),
        max_by(extractor_version, (loaded_at, extractor_version)),
        ''
    from documents
    having not exists (select 1 from recorded)
),
{%- endif %}

up_to_now as (
    select recorded.*, false as is_current
    from recorded
    inner join building on recorded.publication < building.publication
    union all by name
    select *, true as is_current from building
)

select
    publication,
    published_at,
    extractor_version,
    project_version,
    is_current,
    lag(publication) over (order by publication) as previous_publication
from up_to_now
