{%- set glyphs = [('0', '689'), ('1', '7'), ('3', '8'), ('5', '6'), ('6', '0589'), ('7', '1'), ('8', '0369'), ('9', '068')] %}
-- Grain: one cell of one other reading that its text admits. A reading tells one cell, or two beside
-- each other whose digits crossed the rule between them (reading_key). Text of the page's own layer that
-- is well formed admits none; text that was recognised admits the glyphs that are easily confused.
with places as (select * from {{ ref('int_cell_text') }}),

terms as (select * from {{ ref('int_printed_term') }}),

identities as (select * from {{ ref('int_printed_identity') }}),

suspected as (
    select distinct terms.document_id, terms.form, terms.row_key, terms.measure
    from terms
    inner join identities using (document_id, equation_key)
    where not identities.is_met and identities.left_printed > 0 and identities.right_printed > 0
),

-- Digits without a point where the form prints one, a comma for it, blanks within.
repointed as (
    select
        *,
        case
            when contains(bare_text, '.') then bare_text
            else regexp_replace(bare_text, '^(.*?),?([0-9]{' || form_decimals || '})$', '\1.\2')
        end as text_read,
        case
            when contains(bare_text, '.') then 'blanks split the figure'
            when regexp_matches(bare_text, ',[0-9]{' || form_decimals || '}$') then 'a comma stands for the decimal point'
            else 'the decimal point was lost'
        end as reason
    from places
    where not is_cell or not {{ is_well_formed_amount('bare_text', 'form_decimals') }}
),

of_points as (
    select
        * exclude (text_read, reason),
        'point' as reading_kind,
        '' as other_place,
        regexp_replace(text_read, '^(-?)0+([0-9])', '\1\2') as text_read,
        reason
    from repointed
    where text_read <> bare_text or not is_cell
),

-- A leftover that may tell several measures has no one beside it.
certain_places as (
    select *
    from places
    qualify count(*) over (partition by document_id, form, table_no, row_no, block_no, column_no) = 1
),

beside as (
    select
        *,
        lead(column_no) over in_row as next_column,
        lead(bare_text) over in_row as next_text
    from certain_places
    window in_row as (partition by document_id, form, table_no, row_no, block_no order by column_no)
),

-- The left figure lacks digits at its end, or has too many: they stand on the other side of the rule.
torn as (
    select
        document_id,
        form,
        table_no,
        row_no,
        block_no,
        column_no,
        next_column,
        form_decimals - length(regexp_extract(bare_text, '[.]([0-9]*)$', 1)) as lacking,
        bare_text,
        next_text
    from beside
    where regexp_matches(bare_text, '^-?[0-9,]+[.][0-9]*$')
        and length(regexp_extract(bare_text, '[.]([0-9]*)$', 1)) <> form_decimals
        and next_column = column_no + 1
        and regexp_matches(next_text, '^[0-9,.]+$')
),

mended as (
    select
        *,
        case when lacking > 0 then bare_text || left(next_text, lacking) else left(bare_text, length(bare_text) + lacking) end
            as left_text,
        case when lacking > 0 then substr(next_text, lacking + 1) else right(bare_text, -lacking) || next_text end
            as right_text
    from torn
),

of_torn_pairs as (
    select
        places.*,
        'torn' as reading_kind,
        concat_ws('/', mended.table_no, mended.row_no, mended.block_no, mended.column_no) as other_place,
        case when places.column_no = mended.column_no then mended.left_text else nullif(mended.right_text, '') end
            as text_read,
        'digits crossed the rule between two columns' as reason
    from mended
    inner join certain_places as places
        on mended.document_id = places.document_id
        and mended.form = places.form
        and mended.table_no = places.table_no
        and mended.row_no = places.row_no
        and mended.block_no = places.block_no
        and places.column_no in (mended.column_no, mended.next_column)
),

recognised as (
    select
        * replace (replace(bare_text, ',', '') as bare_text),
        unnest(range(1, length(replace(bare_text, ',', '')) + 2)) as position
    from places
    left join suspected using (document_id, form, row_key, measure)
    where is_recognised and (suspected.document_id is not null or not is_cell) and length(regexp_extract(bare_text, '^-?[0-9,]+[.]([0-9]+)$', 1)) = form_decimals
),

-- One glyph for another, one too many, one too few. The commas say nothing where a digit may be lacking.
of_glyphs as (
    select
        * exclude (position),
        'glyph' as reading_kind,
        '' as other_place,
        left(bare_text, position - 1) || unnest(string_split(
            case substr(bare_text, position, 1)
                {%- for glyph, others in glyphs %}
                when '{{ glyph }}' then '{{ others | list | join("|") }}'
                {%- endfor %}
            end, '|'
        )) || substr(bare_text, position + 1) as text_read,
        'one glyph was taken for another' as reason
    from recognised
    where regexp_matches(substr(bare_text, position, 1), '[0135-9]')
    union all by name
    select
        * exclude (position),
        'glyph' as reading_kind,
        '' as other_place,
        left(bare_text, position - 1) || substr(bare_text, position + 1) as text_read,
        'one digit was read twice' as reason
    from recognised
    where regexp_matches(substr(bare_text, position, 1), '[0-9]')
        and substr(bare_text, position, 1) = substr(bare_text, position - 1, 1)
    union all by name
    select
        * exclude (position),
        'glyph' as reading_kind,
        '' as other_place,
        left(bare_text, position - 1) || unnest(range(10)) || substr(bare_text, position) as text_read,
        'one digit was not read' as reason
    from recognised
),

all_readings as (
    select * from of_points
    union all by name
    select * from of_torn_pairs
    union all by name
    select * from of_glyphs
),

-- A reading of two cells stands only where both can be read.
told as (
    select
        *,
        concat_ws(
            '|',
            reading_kind,
            case other_place
                when '' then concat_ws('/', table_no, row_no, block_no, column_no, measure, text_read)
                else other_place
            end
        ) as reading_key,
        text_read is null or {{ is_well_formed_amount('text_read', 'form_decimals') }} as is_well_formed
    from all_readings
),

amounts as (
    select distinct
        document_id,
        form,
        reading_key,
        reading_kind,
        reason,
        table_no,
        row_no,
        block_no,
        column_no,
        row_key,
        measure,
        amount_printed,
        text_read,
        unit_printed,
        is_cell,
        page,
        bbox,
        form_decimals as decimals,
        amount_cny as printed_cny,
        precision_cny as printed_precision_cny,
        try_cast(replace(text_read, ',', '') as decimal(24, 6)) as amount
    from told
    qualify bool_and(is_well_formed) over (partition by document_id, form, reading_key)
)

select
    *,
    {{ to_yuan('amount', 'unit_printed') }} as amount_cny,
    case when amount is not null then {{ precision_in_yuan('decimals', 'unit_printed') }} end as precision_cny
from amounts
