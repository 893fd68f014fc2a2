-- Grain: one document in use, with its district and its department resolved from the paper's words.
-- depends_on: {{ ref('stg_ledger__publication') }}
{{ config(materialized='table', meta={'by_document': true}, post_hook='{{ draw_bodies() }}') }}

with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

placed as (select * from {{ ref('int_document_division') }}),

aliases as (select * from {{ ref('department_alias') }}),

renamed as (select * from {{ ref('int_renamed_department') }}),

divisions as (select * from {{ ref('int_division') }}),

-- An alias is written as in print or with the body's own division in front.
meant as (
    select placed.document_id, min(aliases.department_name) as department_name
    from placed
    inner join aliases
        on placed.district_code = aliases.district_code
        and aliases.alias in (placed.own_name, placed.bare_name)
    group by placed.document_id
),

identified as (
    select
        documents.*,
        placed.district_code,
        placed.bare_name,
        placed.body_name,
        coalesce(meant.department_name, placed.own_name) as resolved_department_name
    from documents
    inner join placed on documents.document_id = placed.document_id
    left join meant on documents.document_id = meant.document_id
),

keyed as (
    select
        *,
        case when resolved_department_name is not null
            then {{ department_key('district_code', 'resolved_department_name') }}
        end as department_id
    from identified
),

-- A later paper of the same body, kind, year and perimeter takes the place of an earlier one. A paper that
-- was removed from the inbox holds no place: an earlier one that is still there has it, or none.
versioned as (
    select
        *,
        case when department_id is not null and fiscal_year is not null
            then first_value(case when removed_at is null then document_id end) over (
                partition by department_id, document_kind, fiscal_year, perimeter
                order by removed_at is not null, first_loaded_at desc, sha256 desc
            )
            when removed_at is null then document_id
        end as current_document_id
    from keyed
),

final as (
    select
        versioned.*,
        coalesce(renamed.current_department_id, versioned.department_id) as body_id,
        {{ spelling_key('versioned.resolved_department_name', 'divisions.name_zh') }} as name_spelling
    from versioned
    left join renamed on versioned.department_id = renamed.department_id
    left join divisions on versioned.district_code = divisions.district_code
)

select * from final
