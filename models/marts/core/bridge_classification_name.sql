-- Grain: one name of one code of one classification, with the dates it was in force as far as known.
with reference as (select * from {{ ref('int_code_reference') }}),

final as (
    select
        classification,
        code,
        name_zh,
        name_en,
        level,
        valid_from,
        valid_to,
        evidence,
        documents,
        first_year,
        last_year,
        is_current as is_current_name,
        source
    from reference
)

select * from final
order by classification, code, is_current_name desc, name_zh
