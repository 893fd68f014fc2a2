-- Grain: one form line that its code or its name must identify (no catalogue key names it).
with lines as (select * from {{ ref('stg_ledger__form_line') }}),

documents as (select * from {{ ref('int_document') }}),

forms as (select * from {{ ref('form') }}),

class_names as (
    select distinct name_normalised
    from {{ ref('int_code_reference') }}
    where classification = 'function' and level = 'class'
),

prepared as (
    select
        lines.document_id,
        lines.form,
        lines.table_no,
        lines.row_no,
        lines.block_no,
        lines.side,
        documents.fiscal_year,
        coalesce(regexp_replace(lines.code_printed, '[^0-9]', '', 'g'), '') as digits,
        string_split(trim(coalesce(lines.code_printed, '')), ' ') as fragments,
        {{ without_ordinal(normalise_name('lines.row_name')) }} as name_normalised,
        forms.classification as form_classification
    from lines
    inner join documents on lines.document_id = documents.document_id
    left join forms on lines.form = forms.form
    where lines.line is null
),

-- Summaries print 社会保障和就业 or 社会保障和就业支出（类） for 社会保障和就业支出.
named as (
    select
        prepared.* replace (coalesce(class_names.name_normalised, prepared.name_normalised) as name_normalised)
    from prepared
    left join class_names
        on prepared.side = 'expenditure'
        and regexp_replace(prepared.name_normalised, '(支出)?([（(]类[）)])?$', '') || '支出' = class_names.name_normalised
),

-- The first digit tells the classification; without a code the form does. Of the summaries only the
-- expenditure side is classified.
classified as (
    select
        * exclude (form_classification),
        case
            when side = 'expenditure' then 'function'
            when side is not null then 'none'
            when starts_with(digits, '2') then 'function'
            when starts_with(digits, '3') then 'economic'
            when starts_with(digits, '5') then 'government_economic'
            else coalesce(form_classification, 'none')
        end as classification
    from named
),

judged as (
    select
        *,
        -- Class, group and item each in a column of its own is a whole code, not a torn one.
        array_length(fragments) > 1
            and not regexp_full_match(array_to_string(fragments, ' '), '\d{3}( \d{2}){1,2}') as is_split,
        case classification
            when 'function' then regexp_full_match(digits, '2\d{2}(\d{2}){0,2}')
            -- Some cities divide the items of the economic classification once more: 3010201.
            when 'economic' then regexp_full_match(digits, '3\d{2}(\d{2}){0,2}')
            when 'government_economic' then regexp_full_match(digits, '5\d{2}(\d{2})?')
            else false
        end as is_well_formed
    from classified
)

select * from judged
