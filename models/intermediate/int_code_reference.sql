-- Grain: one name of one code of one classification. A code keeps every name it bore.
with function_codes as (select * from {{ ref('classification_function') }}),

economic_codes as (select * from {{ ref('classification_economic') }}),

government_economic_codes as (select * from {{ ref('classification_government_economic') }}),

all_codes as (
    select 'function' as classification, * from function_codes
    union all by name
    select 'economic' as classification, * from economic_codes
    union all by name
    select 'government_economic' as classification, * from government_economic_codes
),

named as (
    select
        classification,
        code,
        name_zh,
        name_en,
        {{ normalise_name('name_zh') }} as name_normalised,
        level,
        parent_code,
        valid_from,
        valid_to,
        evidence,
        documents,
        first_year,
        last_year,
        is_current,
        source
    from all_codes
)

select * from named
