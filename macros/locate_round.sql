{#- One round of locating: the changes of cells that mend most of what is broken, as bit-flipping decodes
    a parity check. Every cell of a broken equation has one change that would mend it; a change is worth
    the equations it mends less those it breaks. A change is taken where at least two equations ask for
    it and no other is worth as much to any equation it mends. Two cells whose figures changed places
    are one change. Later rounds see what the earlier ones left. -#}
{% macro locate_round(round_no, equations, terms, earlier_rounds) %}
{%- if earlier_rounds %}
{#- What the last round left as it was needs no other. -#}
with open_documents as (select distinct document_id from {{ earlier_rounds[-1] }}),

equations as (
    select equations.*
    from {{ equations }} as equations
    semi join open_documents on equations.document_id = open_documents.document_id
),

terms as (
    select terms.*
    from {{ terms }} as terms
    semi join open_documents on terms.document_id = open_documents.document_id
),
{%- else %}
with equations as (select * from {{ equations }}),

terms as (select * from {{ terms }}),
{%- endif %}

corrections as (
    select cast(null as varchar) as document_id, cast(null as varchar) as cell_key, cast(null as decimal(20, 2)) as delta_cny
    where false
    {%- for earlier in earlier_rounds %}
    union all
    select document_id, cell_key, delta_cny from {{ earlier }}
    {%- endfor %}
),

moved as (
    select
        terms.document_id,
        terms.equation_key,
        sum(terms.coefficient * corrections.delta_cny) as moved_cny
    from terms
    inner join corrections on terms.document_id = corrections.document_id and terms.cell_key = corrections.cell_key
    group by all
),

residuals as (
    select
        equations.document_id,
        equations.equation_key,
        equations.relation,
        equations.weight,
        equations.tolerance,
        equations.difference + coalesce(moved.moved_cny, 0) as residual,
        {{ is_met('equations.relation', 'equations.difference + coalesce(moved.moved_cny, 0)', 'equations.tolerance') }} as is_met
    from equations
    left join moved
        on equations.document_id = moved.document_id and equations.equation_key = moved.equation_key
),

-- What each broken equation asks of each of its cells.
asked as (
    select
        terms.document_id,
        terms.form,
        terms.row_key,
        terms.measure,
        terms.cell_key,
        terms.amount_cny,
        terms.presence,
        residuals.tolerance,
        cast(-residuals.residual * terms.coefficient as decimal(20, 2)) as delta_cny
    from residuals
    inner join terms
        on residuals.document_id = terms.document_id and residuals.equation_key = terms.equation_key
    anti join corrections on terms.document_id = corrections.document_id and terms.cell_key = corrections.cell_key
    where not residuals.is_met and residuals.relation = 'eq'
),

single_changes as (
    select
        document_id,
        cell_key as place,
        cell_key,
        form,
        row_key,
        measure,
        presence,
        delta_cny,
        min(tolerance) as tolerance
    from asked
    group by all
),

-- Two figures of a row or a column that changed places, or one that went into a blank place: where a
-- change asked of one of them is what the other prints.
pairs as (
    select distinct
        one.document_id,
        least(one.cell_key, other.cell_key) || ' ⇄ ' || greatest(one.cell_key, other.cell_key) as place,
        unnest([one.cell_key, other.cell_key]) as cell_key,
        one.form,
        unnest([one.row_key, other.row_key]) as row_key,
        unnest([one.measure, other.measure]) as measure,
        unnest([one.presence, other.presence]) as presence,
        coalesce(one.amount_cny, 0) <> 0 and coalesce(other.amount_cny, 0) <> 0 as is_exchange,
        cast(coalesce(other.amount_cny, 0) - coalesce(one.amount_cny, 0) as decimal(20, 2)) * unnest([1, -1]) as delta_cny
    from asked as one
    inner join asked as other
        on one.document_id = other.document_id
        and one.form = other.form
        and (one.row_key = other.row_key or one.measure = other.measure)
        and one.cell_key <> other.cell_key
        and abs(coalesce(one.amount_cny, 0) + one.delta_cny - coalesce(other.amount_cny, 0)) <= one.tolerance
    where one.presence = 'printed' or other.presence = 'printed'
),

changes as (
    select
        document_id, place, cell_key, form, row_key, measure, presence, delta_cny, tolerance,
        true as is_as_likely
    from single_changes
    union all
    select
        document_id, place, cell_key, form, row_key, measure, presence, delta_cny, 0 as tolerance,
        is_exchange as is_as_likely
    from pairs
),

-- One change may be asked for in amounts that differ by rounding.
numbered as (
    select
        *,
        case when contains(place, '⇄') then 0 else delta_cny end as variant
    from changes
),

effects as (
    select
        numbered.document_id,
        numbered.place,
        numbered.variant,
        terms.equation_key,
        sum(terms.coefficient * numbered.delta_cny) as moved_cny
    from numbered
    inner join terms on numbered.document_id = terms.document_id and numbered.cell_key = terms.cell_key
    group by all
),

outcomes as (
    select
        effects.document_id,
        effects.place,
        effects.variant,
        effects.equation_key,
        residuals.weight,
        residuals.is_met,
        {{ is_met('residuals.relation', 'residuals.residual + effects.moved_cny', 'residuals.tolerance') }} as would_be_met
    from effects
    inner join residuals
        on effects.document_id = residuals.document_id and effects.equation_key = residuals.equation_key
),

counted as (
    select
        document_id,
        place,
        variant,
        count(*) filter (where would_be_met and not is_met) as equations_for,
        count(*) filter (where is_met and not would_be_met) as equations_against,
        count(*) filter (where would_be_met and not is_met and weight > 1) as identities_for,
        coalesce(sum(weight) filter (where would_be_met and not is_met), 0)
            - coalesce(sum(weight) filter (where is_met and not would_be_met), 0) as worth
    from outcomes
    group by all
),

of_places as (
    select
        document_id,
        place,
        variant,
        bool_and(is_as_likely) as is_as_likely,
        count(*) filter (where presence <> 'printed') as unprinted_count,
        min(tolerance) as tolerance
    from numbered
    group by all
),

-- A figure that is printed is rather wrong than one that is not is lost. One wrong figure and two that
-- changed places are as likely, one that met a blank or a zero is not: those meet by chance.
weighed as (
    select
        counted.document_id,
        counted.place,
        counted.variant,
        counted.equations_for,
        counted.equations_against,
        counted.identities_for,
        counted.worth - of_places.unprinted_count as worth,
        of_places.is_as_likely
    from counted
    inner join of_places using (document_id, place, variant)
    qualify row_number() over (
        partition by document_id, place
        order by counted.worth desc, of_places.tolerance, abs(counted.variant), counted.variant
    ) = 1
),

rivals as (
    select
        weighed.*,
        outcomes.equation_key,
        rank() over rivalry as place_rank,
        count(*) over (rivalry range between current row and current row) as equals
    from weighed
    inner join outcomes using (document_id, place, variant)
    where outcomes.would_be_met and not outcomes.is_met
    window rivalry as (
        partition by weighed.document_id, outcomes.equation_key
        order by weighed.worth desc, weighed.is_as_likely desc
    )
),

agreed as (
    select
        document_id,
        place,
        variant,
        worth,
        equations_for,
        equations_against,
        list(equation_key order by equation_key) as mended_equations
    from rivals
    where worth > 0 and equations_for > 1 and identities_for > 0
    group by all
    having bool_and(place_rank = 1 and equals = 1)
),

-- Two changes may ask for one cell in different equations: it can only become one thing.
taken as (
    select
        numbered.document_id,
        numbered.cell_key,
        numbered.form,
        numbered.row_key,
        numbered.measure,
        numbered.presence,
        numbered.delta_cny,
        agreed.place,
        agreed.variant,
        agreed.equations_for,
        agreed.equations_against,
        agreed.mended_equations,
        rank() over claims_of_cell = 1 and count(*) over (claims_of_cell range between current row and current row) = 1
            as is_best_for_cell
    from agreed
    inner join numbered using (document_id, place, variant)
    window claims_of_cell as (
        partition by numbered.document_id, numbered.cell_key
        order by agreed.worth desc
    )
)

select
    document_id,
    cell_key,
    form,
    row_key,
    measure,
    presence,
    delta_cny,
    cast({{ round_no }} as integer) as round_no,
    cast(equations_for as integer) as equations_for,
    cast(equations_against as integer) as equations_against,
    mended_equations
from taken
qualify bool_and(is_best_for_cell) over (partition by document_id, place)
{% endmacro %}


{#- Whether an equation holds at this difference. -#}
{% macro is_met(relation, difference, tolerance) -%}
    case {{ relation }} when 'ge' then {{ difference }} >= -{{ tolerance }} else abs({{ difference }}) <= {{ tolerance }} end
{%- endmacro %}
