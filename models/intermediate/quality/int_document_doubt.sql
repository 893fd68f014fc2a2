-- Grain: one document in use, with the share of its figures that the extraction may have read wrong.
-- A figure is doubtful where an error that is the extraction's speaks of it, or two readings dispute it,
-- and the evidence is against its reading. What the publisher got wrong never counts.
with documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

figures as (select * from {{ ref('int_cell_evidence') }}),

spoken_of as (select * from {{ ref('int_evaluation_figure') }} where fault_reason is not null),

findings as (
    select *
    from {{ ref('fct_finding') }}
    where responsibility = 'extraction'
        and not acknowledged
        and (severity = 'error' or fault_reason = 'readings_disagree')
),

reasons as (select * from {{ ref('fault_reason') }}),

doubted as (
    select distinct
        spoken_of.document_id, spoken_of.form, spoken_of.row_key, spoken_of.measure, spoken_of.fault_reason
    from findings
    inner join spoken_of
        on findings.finding_id = spoken_of.evaluation_id and findings.document_id = spoken_of.document_id
),

counted as (
    select document_id, count(*) as doubtful_figures
    from doubted
    group by document_id
),

told_reasons as (
    select told.document_id, string_agg(reasons.label_en, '; ' order by reasons.rank) as reasons
    from (select distinct document_id, fault_reason from doubted) as told
    inner join reasons on told.fault_reason = reasons.fault_reason
    group by told.document_id
),

printed as (
    select document_id, count(*) as figures
    from figures
    group by document_id
),

-- Where to look first: the pages with most doubtful figures.
pages as (
    select doubted.document_id, figures.page, count(*) as on_page
    from doubted
    inner join figures
        on doubted.document_id = figures.document_id
        and doubted.form = figures.form
        and doubted.row_key = figures.row_key
        and doubted.measure = figures.measure
    group by doubted.document_id, figures.page
),

worst_pages as (
    select document_id, array_to_string(list(page order by on_page desc, page)[1:3], ', ') as pages
    from pages
    group by document_id
)

select
    documents.document_id,
    cast(coalesce(printed.figures, 0) as integer) as figures,
    cast(coalesce(counted.doubtful_figures, 0) as integer) as doubtful_figures,
    worst_pages.pages,
    told_reasons.reasons,
    coalesce(counted.doubtful_figures, 0) >= {{ var('doubtful_figures_from') }}
        and 100 * counted.doubtful_figures > {{ var('doubtful_per_cent') }} * printed.figures as is_doubtful
from documents
left join printed on documents.document_id = printed.document_id
left join counted on documents.document_id = counted.document_id
left join worst_pages on documents.document_id = worst_pages.document_id
left join told_reasons on documents.document_id = told_reasons.document_id
