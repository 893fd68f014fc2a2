-- Grain: one place of int_rule_slot with the figure that stands there, if any: as it was read, or as it
-- was repaired.
{{ config(materialized='ephemeral') }}

with places as (select * from {{ ref('int_rule_slot') }}),

cells as (select * from {{ ref('int_rule_cell') }}),

repaired_documents as (select * from {{ ref('int_repaired_document') }})

select * from places where document_id not in (select document_id from repaired_documents)
union all by name
select
    places.* replace (
        cells.amount_cny as amount_cny,
        cells.precision_cny as precision_cny,
        cells.page as page,
        coalesce(cells.is_garbled, false) as is_garbled
    )
from places
left join cells
    on places.document_id = cells.document_id
    and places.form = cells.form
    and places.row_key = cells.row_key
    and places.measure = cells.measure
where places.document_id in (select document_id from repaired_documents)
