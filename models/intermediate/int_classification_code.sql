-- Grain: one code of one classification, known to the reference or met in a paper.
with reference as (select * from {{ ref('int_code_reference') }}),

lines as (select * from {{ ref('int_form_line') }} where code is not null),

further_codes as (select * from {{ ref('int_further_code') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

mapping as (select * from {{ ref('standard_mapping') }}),

-- A code is in force from the first of its names to the last.
known as (
    select
        classification,
        code,
        level,
        parent_code,
        max(name_zh) filter (where is_current) as name_zh,
        max(name_en) filter (where is_current) as name_en,
        case
            when bool_and(is_current) then min(valid_from)
            when bool_and(is_current or valid_from is not null) then min(valid_from) filter (where not is_current)
        end as valid_from,
        max(valid_to) filter (where is_current) as valid_to,
        string_agg(name_zh, '; ' order by valid_to desc nulls last, name_zh)
            filter (where not is_current) as former_names,
        max(evidence) filter (where is_current) as evidence,
        max(documents) filter (where is_current) as documents,
        min(first_year) as first_year,
        max(last_year) as last_year,
        max(source) filter (where is_current) as source
    from reference
    group by classification, code, level, parent_code
),

met_codes as (
    select document_id, classification, code, row_name from lines
    union all by name
    select distinct document_id, classification, code from further_codes
),

-- A code brings the codes above it, printed or not.
levels as (
    select distinct
        classification,
        unnest([left(code, 3), left(code, 5), code]) as code,
        code as code_met
    from (
        select classification, code from {{ ref('int_form_line') }} where code is not null
        union
        select classification, code from {{ ref('int_further_code') }}
    ) as codes
),

unknown_levels as (
    select levels.*
    from levels
    left join known on levels.classification = known.classification and levels.code = known.code
    where known.code is null
),

met_levels as (
    select
        unknown_levels.classification,
        unknown_levels.code,
        unknown_levels.code_met,
        met_codes.row_name,
        met_codes.document_id,
        documents.fiscal_year
    from unknown_levels
    inner join met_codes
        on unknown_levels.classification = met_codes.classification and unknown_levels.code_met = met_codes.code
    inner join documents on met_codes.document_id = documents.document_id
),

-- A well-formed code the reference does not know stands as printed, under its commonest name.
met as (
    select
        met_levels.classification,
        met_levels.code,
        case length(met_levels.code) when 3 then 'class' when 5 then 'group' else 'item' end as level,
        case when length(met_levels.code) > 3 then left(met_levels.code, length(met_levels.code) - 2) end
            as parent_code,
        coalesce(
            mode(met_levels.row_name order by met_levels.row_name)
                filter (where met_levels.code = met_levels.code_met),
            met_levels.code
        ) as name_zh,
        'observed' as evidence,
        cast(count(distinct met_levels.document_id) as integer) as documents,
        min(met_levels.fiscal_year) as first_year,
        max(met_levels.fiscal_year) as last_year,
        'papers in this warehouse' as source
    from met_levels
    group by met_levels.classification, met_levels.code
),

all_codes as (
    select *, true as is_in_reference from known
    union all by name
    select *, false as is_in_reference from met
),

-- The nearest level that the draft maps speaks for all below it.
mapped as (
    select
        all_codes.classification,
        all_codes.code,
        mapping.target_code,
        mapping.mapping_status
    from all_codes
    inner join mapping
        on all_codes.classification = mapping.classification
        and starts_with(all_codes.code, mapping.code)
    qualify row_number() over (
        partition by all_codes.classification, all_codes.code
        order by length(mapping.code) desc
    ) = 1
),

final as (
    select
        all_codes.classification,
        all_codes.code,
        all_codes.name_zh,
        all_codes.name_en,
        all_codes.level,
        all_codes.parent_code,
        left(all_codes.code, 3) as class_code,
        all_codes.former_names,
        all_codes.valid_from,
        all_codes.valid_to,
        all_codes.evidence,
        all_codes.documents,
        all_codes.first_year,
        all_codes.last_year,
        all_codes.is_in_reference,
        all_codes.source,
        mapped.target_code,
        mapped.mapping_status
    from all_codes
    left join mapped on all_codes.classification = mapped.classification and all_codes.code = mapped.code
)

select * from final
order by classification, code
