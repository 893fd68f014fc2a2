-- Grain: one form, standard or extra, in order of presentation.
with forms as (select * from {{ ref('form') }}),

final as (
    select
        form,
        form_no,
        label_zh,
        label_en,
        is_standard,
        classification,
        fund
    from forms
)

select * from final
order by form_no
