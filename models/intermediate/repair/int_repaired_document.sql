-- Grain: one document whose form cells are not all as they were read: one was repaired, or derived.
select distinct document_id from {{ ref('int_cell_repair') }}
union
select distinct document_id from {{ ref('int_form_cell') }} where amount_source = 'derived'
