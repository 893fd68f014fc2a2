{%- set phase_line = '(budget|initial_budget|adjusted_budget|actual|prior_year_budget|prior_year_actual|change)(/[a-z_]+)?' %}
-- Grain: one labelled row of a form (a block of it, where blocks stand side by side), with its key.
-- A row printed again at the head of a continuation page, with the same amounts, is one row.
with lines as (select * from {{ ref('stg_ledger__form_line') }}),

cells as (select * from {{ ref('stg_ledger__form_cell') }}),

-- A misnumbered item keeps its printed number as its key: that is its address in the paper.
resolutions as (
    select *, case when resolution = 'renumbered' then digits else code end as code_in_print
    from {{ ref('int_code_resolution') }}
),

current_names as (select * from {{ ref('int_code_reference') }} where is_current),

amounts_of_line as (
    select
        document_id,
        form,
        table_no,
        row_no,
        block_no,
        string_agg(measure || '=' || cast(amount as varchar), ' ' order by measure, column_no) as amounts
    from cells
    group by all
),

-- Kinds printed below each other: rows of one line that share no measure tell that line together.
told_below as (
    select lines.document_id, lines.form, lines.line
    from lines
    inner join cells using (document_id, form, table_no, row_no, block_no)
    where lines.side is null and lines.line is not null
    group by all
    having count(*) = count(distinct cells.measure) and count(distinct (lines.table_no, lines.row_no)) > 1
),

keyed as (
    select
        lines.document_id,
        lines.form,
        lines.table_no,
        lines.row_no,
        lines.block_no,
        lines.page,
        lines.side,
        lines.code_printed,
        lines.row_name,
        resolutions.classification,
        resolutions.code,
        resolutions.code_in_print,
        case when lines.line is null then resolutions.resolution else 'exact' end as resolution,
        case when resolutions.code is not null then resolutions.name_matches end as name_matches,
        current_names.name_zh as reference_name,
        coalesce(current_names.level, case length(resolutions.code)
            when 3 then 'class' when 5 then 'group' when 7 then 'item'
        end) as code_level,
        case
            when lines.side is not null
                then lines.side || '/' || coalesce(
                    lines.line,
                    resolutions.code_in_print,
                    {{ without_ordinal('lines.row_name') }},
                    'row ' || lines.row_no
                )
            when lines.line is not null then lines.line
            when resolutions.code is not null then resolutions.code_in_print
            when lines.row_name is not null
                and (
                    ends_with(lines.form, '_by_unit')
                    or resolutions.digits <> '' and not regexp_full_match(resolutions.digits, '[235].*')
                )
                then 'unit:' || lines.row_name
            else 'unresolved:' || coalesce(lines.row_name, 'row ' || lines.row_no)
        end as base_key,
        lines.line,
        array_to_string(list_sort([
            case when starts_with(trim(part), '5') then 'gov:' else '' end || regexp_replace(part, '[^0-9]', '', 'g')
            for part in string_split(lines.second_code_printed, ',')
        ]), '/') as second_code,
        amounts_of_line.amounts
    from lines
    left join resolutions using (document_id, form, table_no, row_no, block_no)
    left join current_names
        on resolutions.classification = current_names.classification
        and resolutions.code_in_print = current_names.code
    left join amounts_of_line using (document_id, form, table_no, row_no, block_no)
),

-- Below several units the same codes stand once for each: they belong to the unit above them.
below_units as (
    select
        *,
        case when side is null and code is not null and line is null then last_value(
            case when starts_with(line, 'unit:') then line end ignore nulls
        ) over (
            partition by document_id, form
            order by table_no, row_no, block_no
            rows between unbounded preceding and 1 preceding
        ) end as unit_above
    from keyed
),

scoped as (
    select
        * exclude (base_key, unit_above),
        case
            when count(distinct unit_above) over (partition by document_id, form) > 1 then unit_above
        end as unit_line,
        coalesce(unit_line || '/', '') || base_key as base_key
    from below_units
),

numbered as (
    select
        *,
        first_value(amounts) over same_key as first_amounts,
        first_value(table_no) over same_key as first_table_no
    from scoped
    window same_key as (partition by document_id, form, base_key order by table_no, row_no, block_no)
),

without_repeats as (
    select
        *,
        row_number() over (
            partition by document_id, form, base_key
            order by table_no, row_no, block_no
        ) as occurrence,
        count(*) over (partition by document_id, form, base_key) as occurrences,
        row_number() over (
            partition by document_id, form, base_key, second_code
            order by table_no, row_no, block_no
        ) as pair_occurrence
    from numbered
    where side is not null
        or table_no = first_table_no
        or amounts is distinct from first_amounts
),

final_keys as (
    select
        *,
        case
            when occurrences > 1 and second_code is not null
                then base_key || '/' || second_code
                    || case when pair_occurrence > 1 then '#' || pair_occurrence else '' end
            else base_key || case when occurrence > 1 then '#' || occurrence else '' end
        end as row_key,
        coalesce(regexp_full_match(line, '{{ phase_line }}'), false) as is_phase,
        told_below.line is not null as is_told_below,
        case
            when line = 'total' then 'total'
            when line in ('personnel_total', 'public_total') then 'block_total'
            when line is not null then 'line'
            when code is not null then code_level
            else 'line'
        end as row_role
    from without_repeats
    left join told_below using (document_id, form, line)
),

-- The nearest printed ancestor, so that a level the paper leaves out breaks no sum.
with_parent as (
    select
        lines.*,
        -- A phase may be told by several rows, one kind of spending each: their amounts are of one line.
        case when lines.is_phase or lines.is_told_below then lines.base_key else lines.row_key end as amount_key,
        case
            when lines.side is null and lines.line is null and lines.code is not null
                then coalesce(
                    case when length(lines.code) = 7 then groups.row_key end,
                    case when length(lines.code) > 3 then classes.row_key end,
                    lines.unit_line,
                    'total'
                )
        end as parent_key
    from final_keys as lines
    left join final_keys as groups
        on lines.document_id = groups.document_id
        and lines.form = groups.form
        and coalesce(lines.unit_line || '/', '') || left(lines.code, 5) = groups.row_key
    left join final_keys as classes
        on lines.document_id = classes.document_id
        and lines.form = classes.form
        and coalesce(lines.unit_line || '/', '') || left(lines.code, 3) = classes.row_key
),

final as (
    select
        document_id,
        form,
        row_key,
        amount_key,
        parent_key,
        row_role,
        row_name,
        classification,
        code,
        code_printed,
        resolution,
        name_matches,
        reference_name,
        side,
        page,
        table_no,
        row_no,
        block_no
    from with_parent
)

select * from final
