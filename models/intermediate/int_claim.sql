-- Grain: one quantitative statement of the explanation, in yuan where it speaks of money, with the
-- function code its class, group and item names mean: among the paper's own rows first, since a
-- paper may name the wrong group, then in the classification. A subject without a path means the one
-- row of the paper that bears its name.
with claims as (select * from {{ ref('stg_ledger__claim') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

lines as (select * from {{ ref('int_form_line') }}),

reference as (select * from {{ ref('int_code_reference') }} where classification = 'function'),

prepared as (
    select
        claims.*,
        documents.fiscal_year,
        {{ normalise_name('claims.class_name') }} as class_normalised,
        {{ normalise_name('claims.group_name') }} as group_normalised,
        {{ normalise_name('claims.item_name') }} as item_normalised,
        {{ surrogate_key([
            'claims.document_id', 'claims.snippet_offset', 'claims.metric', 'claims.subject',
            'claims.year', 'claims.value_printed', 'claims.unit', 'claims.project_name',
        ]) }} as claim_hash
    from claims
    inner join documents on claims.document_id = documents.document_id
),

numbered as (
    select
        *,
        claim_hash || case
            when row_number() over same_claim > 1 then '-' || row_number() over same_claim
            else ''
        end as claim_id
    from prepared
    window same_claim as (partition by claim_hash order by value, section_key, section, value_offset)
),

paths as (
    select distinct
        document_id,
        fiscal_year,
        class_normalised,
        group_normalised,
        item_normalised,
        coalesce(item_normalised, group_normalised, class_normalised) as target_normalised,
        case
            when item_normalised is not null then 'item'
            when group_normalised is not null then 'group'
            else 'class'
        end as target_level
    from prepared
    where coalesce(class_normalised, group_normalised, item_normalised) is not null
),

own_codes as (
    select distinct document_id, code
    from lines
    where classification = 'function' and code is not null
),

own_names as (
    select document_id, {{ normalise_name('row_name') }} as name_normalised, min(code) as code
    from lines
    where classification = 'function' and code is not null
    group by all
    having count(distinct code) = 1
),

agreeing as (
    select
        paths.*,
        reference.code,
        own_codes.code is not null as is_own,
        {{ name_distance('paths.target_normalised', 'reference.name_normalised') }} as name_rank,
        length(reference.name_normalised) as name_length,
        {{ name_in_force_rank('paths.fiscal_year', 'reference') }} as year_rank,
        exists (
            select 1 from reference as classes
            where classes.code = left(reference.code, 3)
                and {{ names_agree('paths.class_normalised', 'classes.name_normalised') }}
        ) as class_agrees,
        exists (
            select 1 from reference as groups
            where groups.code = left(reference.code, 5)
                and {{ names_agree('paths.group_normalised', 'groups.name_normalised') }}
        ) as group_agrees
    from paths
    inner join reference
        on paths.target_level = reference.level
        and left(paths.target_normalised, 3) = left(reference.name_normalised, 3)
        and {{ names_agree('paths.target_normalised', 'reference.name_normalised') }}
    left join own_codes
        on paths.document_id = own_codes.document_id
        and reference.code = own_codes.code
),

-- A row that the paper names by its own group is not what another group's item of that name means.
named_by_group as (
    select distinct document_id, code
    from agreeing
    where is_own and group_agrees and target_level = 'item'
),

ranked as (
    select
        agreeing.*,
        rank() over (
            partition by agreeing.document_id, class_normalised, group_normalised, item_normalised
            order by name_rank, is_own desc, group_agrees desc, name_length desc, year_rank
        ) as code_rank
    from agreeing
    left join named_by_group
        on agreeing.document_id = named_by_group.document_id
        and agreeing.code = named_by_group.code
    where (class_agrees or class_normalised is null)
        and (group_agrees or group_normalised is null or named_by_group.code is null)
),

resolved as (
    select
        document_id,
        class_normalised,
        group_normalised,
        item_normalised,
        min(code) as function_code,
        bool_or(is_own) as is_own,
        bool_or(group_agrees) as group_agrees
    from ranked
    where code_rank = 1
    group by all
    having count(distinct code) = 1
),

final as (
    select
        numbered.claim_id,
        numbered.document_id,
        numbered.section,
        numbered.section_key,
        numbered.subject,
        numbered.class_name,
        numbered.group_name,
        numbered.item_name,
        coalesce(resolved.function_code, own_names.code) as function_code,
        case when own_names.code is not null then true else resolved.is_own end as is_code_in_forms,
        case when numbered.group_normalised is not null then resolved.group_agrees end as group_matches,
        numbered.project_name,
        numbered.base,
        numbered.metric,
        numbered.year,
        numbered.fiscal_year,
        numbered.value,
        numbered.value_printed,
        numbered.unit,
        {{ decimal_place('numbered.decimals') }} as "precision",
        {{ to_yuan('numbered.value', 'numbered.unit') }} as value_cny,
        {{ precision_in_yuan('numbered.decimals', 'numbered.unit') }} as precision_cny,
        numbered.snippet_offset,
        numbered.snippet_length,
        numbered.value_offset,
        numbered.page
    from numbered
    left join resolved
        on numbered.document_id = resolved.document_id
        and numbered.class_normalised is not distinct from resolved.class_normalised
        and numbered.group_normalised is not distinct from resolved.group_normalised
        and numbered.item_normalised is not distinct from resolved.item_normalised
    left join own_names
        on numbered.document_id = own_names.document_id
        and {{ normalise_name('numbered.subject') }} = own_names.name_normalised
        and numbered.project_name is null
        and coalesce(numbered.class_normalised, numbered.group_normalised, numbered.item_normalised) is null
)

select * from final
