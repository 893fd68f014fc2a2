-- Grain: one body, known by evidence (seed) or registered by a paper of its own.
with recursive known as (select * from {{ ref('department') }}),

documents as (select * from {{ ref('int_document') }} where department_id is not null),

events as (select * from {{ ref('department_lineage') }}),

from_seed as (
    select
        {{ department_key('district_code', 'department_name') }} as department_id,
        department_name,
        district_code,
        kind,
        valid_from,
        valid_to,
        'known' as evidence,
        source
    from known
),

from_papers as (
    select
        documents.department_id,
        min(documents.resolved_department_name) as department_name,
        min(documents.district_code) as district_code,
        cast(null as varchar) as kind,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to,
        'paper' as evidence,
        'document ' || min(documents.document_id) as source
    from documents
    left join from_seed on documents.department_id = from_seed.department_id
    where from_seed.department_id is null
    group by documents.department_id
),

departments as (
    select * from from_seed
    union all by name
    select * from from_papers
),

links as (
    select
        {{ department_key('district_code', 'department_name') }} as department_id,
        {{ department_key('district_code', 'related_name') }} as related_department_id,
        relation
    from events
),

successors as (
    select department_id, min(related_department_id) as successor_department_id
    from links
    where relation in ('renamed_to', 'dissolved_into')
    group by department_id
),

-- A body keeps its identity through a change of name.
renamings as (
    select department_id, related_department_id
    from links
    where relation = 'renamed_to'
),

name_chain as (
    select department_id, department_id as current_department_id
    from departments
    union
    select name_chain.department_id, renamings.related_department_id
    from name_chain
    inner join renamings on name_chain.current_department_id = renamings.department_id
),

latest_names as (
    select name_chain.department_id, min(name_chain.current_department_id) as current_department_id
    from name_chain
    left join renamings on name_chain.current_department_id = renamings.department_id
    where renamings.department_id is null
    group by name_chain.department_id
),

predecessors as (
    select related_department_id as department_id, min(department_id) as predecessor_department_id
    from links
    where relation = 'renamed_to'
    group by related_department_id
),

parents as (
    select department_id, min(related_department_id) as parent_department_id
    from links
    where relation = 'subordinate_of'
    group by department_id
),

final as (
    select
        departments.department_id,
        departments.department_name,
        departments.district_code,
        departments.kind,
        departments.valid_from,
        departments.valid_to,
        predecessors.predecessor_department_id,
        successors.successor_department_id,
        parents.parent_department_id,
        coalesce(latest_names.current_department_id, departments.department_id) as current_department_id,
        departments.evidence,
        departments.source
    from departments
    left join latest_names on departments.department_id = latest_names.department_id
    left join predecessors on departments.department_id = predecessors.department_id
    left join successors on departments.department_id = successors.department_id
    left join parents on departments.department_id = parents.department_id
)

select * from final
order by department_id
