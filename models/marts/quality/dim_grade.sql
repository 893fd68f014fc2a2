-- Grain: one grade of documents, with what it means.
with grades as (select * from {{ ref('document_grade') }})

select
    grade,
    rank,
    title_zh,
    title_en,
    definition_zh,
    definition_en
from grades
order by rank
