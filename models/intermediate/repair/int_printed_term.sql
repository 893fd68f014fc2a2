-- Grain: one cell of one identity, with the amount as it was read, of documents in which some text is
-- doubtful: no amount, not of the form's decimals, or recognised from a picture.
with slots as (select * from {{ ref('int_rule_slot') }}),

texts as (select * from {{ ref('int_cell_text') }}),

doubtful_documents as (
    select distinct document_id
    from texts
    where is_recognised or not is_cell or not {{ is_well_formed_amount('bare_text', 'form_decimals') }}
)

select
    slots.document_id,
    slots.rule_id || '|' || slots.instance_key as equation_key,
    slots.rule_id,
    slots.form,
    slots.row_key,
    slots.measure,
    slots.side,
    slots.is_optional,
    slots.sign * case slots.side when 'left' then 1 else -1 end as coefficient,
    slots.amount_cny,
    slots.precision_cny
from slots
inner join doubtful_documents on slots.document_id = doubtful_documents.document_id
