-- Grain: one form of one document that prints a figure, with what speaks for and against how it was read.
-- Only identities whose figures all stand in the form count; a zero proves nothing.
with cells as (select * from {{ ref('int_form_cell') }} where amount_source <> 'derived'),

identities as (select * from {{ ref('int_rule_identity') }}),

leftovers as (select * from {{ ref('int_leftover') }}),

kept as (
    select
        document_id,
        only_form as form,
        count(*) filter (where status in ('pass', 'rounding') and figures > 1 and says_something) as identities_held,
        count(*) filter (where status = 'fail') as identities_broken
    from identities
    where only_form is not null
    group by document_id, only_form
),

unplaced as (
    select document_id, form, count(*) as figures_unplaced
    from leftovers
    where reason <> '{{ var("readings_disagree") }}' and form is not null
    group by document_id, form
),

forms as (
    select
        document_id,
        form,
        count(*) as figures,
        bool_and(coalesce(reader, '') = '{{ var("recognising_reader") }}') as is_recognised,
        bool_or(coalesce(reader, '') in ({{ "'" ~ var("guessing_readers") | join("', '") ~ "'" }})) as is_guessed
    from cells
    group by document_id, form
)

select
    forms.document_id,
    forms.form,
    cast(forms.figures as integer) as figures,
    forms.is_recognised,
    forms.is_guessed,
    cast(coalesce(unplaced.figures_unplaced, 0) as integer) as figures_unplaced,
    cast(coalesce(kept.identities_held, 0) as integer) as identities_held,
    cast(coalesce(kept.identities_broken, 0) as integer) as identities_broken,
    coalesce(kept.identities_broken, 0) >= {{ var("at_odds_from") }}
        and kept.identities_broken > kept.identities_held as is_at_odds
from forms
left join kept on forms.document_id = kept.document_id and forms.form = kept.form
left join unplaced on forms.document_id = unplaced.document_id and forms.form = unplaced.form
