-- Grain: one row of a form and one code behind the first in its key: the economic codes of a row that is
-- of a function, as some cities print them. The row's name is that of the first.
with lines as (select * from {{ ref('int_form_line') }} where regexp_matches(amount_key, '^[0-9]+/')),

reference as (select distinct classification, code from {{ ref('int_code_reference') }}),

parts as (
    select
        document_id,
        form,
        amount_key as row_key,
        page,
        unnest(string_split(regexp_replace(amount_key, '^[0-9]+/', ''), '/')) as part
    from lines
),

codes as (
    select
        document_id,
        form,
        row_key,
        min(page) as page,
        case
            when starts_with(part, 'gov:') then 'government_economic'
            when starts_with(part, '3') then 'economic'
            else 'function'
        end as classification,
        regexp_extract(part, '^(?:gov:)?([0-9]+)', 1) as code
    from parts
    where regexp_matches(part, '^(gov:)?[0-9]+')
    group by document_id, form, row_key, part
),

final as (
    select
        codes.document_id,
        codes.form,
        codes.row_key,
        codes.page,
        codes.classification,
        codes.code,
        reference.code is not null as is_in_reference
    from codes
    left join reference on codes.classification = reference.classification and codes.code = reference.code
)

select * from final
