-- Grain: one printed code, and one level of it that the reference does not know: the code itself, or one above
-- it, printed or not.
with lines as (select * from {{ ref('int_form_line') }} where code is not null),

further_codes as (select * from {{ ref('int_further_code') }}),

reference as (select distinct classification, code from {{ ref('int_code_reference') }}),

printed as (
    select document_id, classification, code as printed_code, row_name from lines
    union all by name
    select distinct document_id, classification, code as printed_code from further_codes
),

-- Each code is looked up once, however often it is printed.
levels as (
    select distinct
        classification,
        printed_code,
        unnest([left(printed_code, 3), left(printed_code, 5), printed_code]) as code
    from (select distinct classification, printed_code from printed) as codes
),

unknown_levels as (
    select levels.*
    from levels
    left join reference on levels.classification = reference.classification and levels.code = reference.code
    where reference.code is null
)

select
    printed.document_id,
    printed.classification,
    unknown_levels.code,
    printed.printed_code,
    printed.row_name
from printed
inner join unknown_levels
    on printed.classification = unknown_levels.classification and printed.printed_code = unknown_levels.printed_code
