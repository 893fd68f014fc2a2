-- Grain: one code of one classification, known to the reference or met in a paper.
with reference as (select * from {{ ref('int_code_reference') }}),

unknown as (select * from {{ ref('int_unknown_code') }}),

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

-- A well-formed code the reference does not know stands as printed, under its commonest name.
met as (
    select
        unknown.classification,
        unknown.code,
        case length(unknown.code) when 3 then 'class' when 5 then 'group' else 'item' end as level,
        case when length(unknown.code) > 3 then left(unknown.code, length(unknown.code) - 2) end as parent_code,
        coalesce(
            mode(unknown.row_name order by unknown.row_name) filter (where unknown.code = unknown.printed_code),
            unknown.code
        ) as name_zh,
        'observed' as evidence,
        cast(count(distinct unknown.document_id) as integer) as documents,
        min(documents.fiscal_year) as first_year,
        max(documents.fiscal_year) as last_year,
        'papers in this warehouse' as source
    from unknown
    inner join documents on unknown.document_id = documents.document_id
    group by unknown.classification, unknown.code
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
