-- Grain: one form line of int_code_line, with the code it means, or none ('unresolved').
-- First what the line says alone decides; where several codes remain, the last code resolved above
-- it in the same block does, and at the very last the year of the paper. A whole code beside the name
-- of its neighbour is a misnumbered item: the pair decides, and it means what its name says.
with lines as (select * from {{ ref('int_code_line') }}),

all_candidates as (select * from {{ ref('int_code_candidate') }}),

candidates as (select * from all_candidates where resolution <> 'renumbered'),

names_disagree as (
    select document_id, form, table_no, row_no, block_no
    from candidates
    where resolution = 'exact' and name_rank = 9
),

pairs_printed as (
    select distinct document_id, form, code
    from candidates
    where resolution = 'exact' and name_rank < 9
),

-- Not where the form prints the neighbour too: then the name is the misprint.
renumbered as (
    select
        all_candidates.document_id,
        all_candidates.form,
        all_candidates.table_no,
        all_candidates.row_no,
        all_candidates.block_no,
        min(all_candidates.code) as code
    from all_candidates
    inner join names_disagree using (document_id, form, table_no, row_no, block_no)
    left join pairs_printed
        on all_candidates.document_id = pairs_printed.document_id
        and all_candidates.form = pairs_printed.form
        and all_candidates.code = pairs_printed.code
    where all_candidates.resolution = 'renumbered' and pairs_printed.code is null
    group by all
    having count(*) = 1
),

best_alone as (
    select
        *,
        rank() over (
            partition by document_id, form, table_no, row_no, block_no
            order by resolution_rank, fragment_rank, name_rank, name_length desc
        ) as alone_rank
    from candidates
),

-- A cut or noisy name alone, without one digit, identifies nothing.
decided_alone as (
    select
        document_id,
        form,
        table_no,
        row_no,
        block_no,
        min(code) as code
    from best_alone
    where alone_rank = 1 and not (resolution = 'name_only' and name_rank > 0)
    group by all
    having count(*) = 1
),

first_pass as (
    select
        lines.*,
        renumbered.code is not null as is_renumbered,
        coalesce(
            renumbered.code,
            decided_alone.code,
            case when lines.is_well_formed and not lines.is_split then lines.digits end
        ) as code_alone
    from lines
    left join decided_alone using (document_id, form, table_no, row_no, block_no)
    left join renumbered using (document_id, form, table_no, row_no, block_no)
),

with_context as (
    select
        *,
        last_value(code_alone ignore nulls) over (
            partition by document_id, form, coalesce(side, ''), block_no
            order by table_no, row_no
            rows between unbounded preceding and 1 preceding
        ) as code_above
    from first_pass
),

-- Below the code above, beside it, a group of its class, another class, elsewhere.
in_context as (
    select
        candidates.*,
        case
            when candidates.code = with_context.code_above then 5
            when candidates.parent_code = with_context.code_above then 0
            when length(candidates.parent_code) > 3
                and candidates.parent_code = left(with_context.code_above, length(candidates.parent_code)) then 1
            when candidates.parent_code = left(with_context.code_above, 3) then 2
            when candidates.level = 'class' then 3
            when left(candidates.code, 3) = left(with_context.code_above, 3) then 4
            else 5
        end as context_rank
    from candidates
    inner join with_context using (document_id, form, table_no, row_no, block_no)
    where with_context.code_alone is null
),

best_in_context as (
    select
        *,
        rank() over (
            partition by document_id, form, table_no, row_no, block_no
            order by resolution_rank, fragment_rank, context_rank, name_rank, name_length desc, year_rank
        ) as contextual_rank
    from in_context
    where resolution <> 'name_only' or name_rank = 0 or context_rank < 3
),

decided_in_context as (
    select
        document_id,
        form,
        table_no,
        row_no,
        block_no,
        min(code) as code
    from best_in_context
    where contextual_rank = 1
    group by all
    having count(*) = 1
),

settled as (
    select
        with_context.*,
        coalesce(with_context.code_alone, decided_in_context.code) as code_found
    from with_context
    left join decided_in_context using (document_id, form, table_no, row_no, block_no)
),

beside as (
    select
        *,
        lag(code_found) over (
            partition by document_id, form, coalesce(side, ''), block_no
            order by table_no, row_no
        ) as code_before
    from settled
),

-- A group and its only item often bear one name: printed twice without a code, the second is the item.
items_below as (
    select
        beside.document_id,
        beside.form,
        beside.table_no,
        beside.row_no,
        beside.block_no,
        min(candidates.code) as code
    from beside
    inner join candidates
        on beside.document_id = candidates.document_id
        and beside.form = candidates.form
        and beside.table_no = candidates.table_no
        and beside.row_no = candidates.row_no
        and beside.block_no = candidates.block_no
        and beside.code_found = candidates.parent_code
    where beside.code_found = beside.code_before and candidates.resolution = 'name_only'
    group by all
    having count(*) = 1
),

decided as (
    select
        beside.* exclude (code_found, code_before),
        coalesce(items_below.code, beside.code_found) as code
    from beside
    left join items_below using (document_id, form, table_no, row_no, block_no)
),

explained as (
    select
        decided.document_id,
        decided.form,
        decided.table_no,
        decided.row_no,
        decided.block_no,
        decided.classification,
        decided.digits,
        decided.is_well_formed,
        decided.code,
        coalesce(
            case when decided.is_renumbered then 'renumbered' end,
            candidates.resolution,
            case when decided.code is not null then 'exact' else 'unresolved' end
        ) as resolution,
        candidates.name_rank < 9 and not decided.is_renumbered as name_matches
    from decided
    left join candidates using (document_id, form, table_no, row_no, block_no, code)
)

select * from explained
