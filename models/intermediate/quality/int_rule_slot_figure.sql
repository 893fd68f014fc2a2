-- Grain: one place of int_rule_slot with the figure that stands there, if any.
{{ config(materialized='ephemeral') }}

with places as (select * from {{ ref('int_rule_slot') }}),

cells as (select * from {{ ref('int_rule_cell') }})

select
    places.document_id,
    places.rule_id,
    places.term_no,
    places.side,
    places.sign,
    places.bound_row,
    places.bound_measure,
    places.measure_prefix,
    places.instance_key,
    places.form,
    places.row_key,
    places.measure,
    places.is_optional,
    cells.amount_cny,
    cells.precision_cny,
    cells.page,
    coalesce(cells.is_garbled, false) as is_garbled
from places
left join cells
    on places.document_id = cells.document_id
    and places.form = cells.form
    and places.row_key = cells.row_key
    and places.measure = cells.measure
