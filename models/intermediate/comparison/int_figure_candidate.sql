-- Grain: one telling of one figure of a body: statement, year, phase, fund, nature and function code
-- (or total), by one document, in a form, in a sentence, or implied by a stated change.
-- A body keeps its identity through a change of name. A figure without a phase is not here.
with expenditure as (select * from {{ ref('int_expenditure') }}),

cells as (select * from {{ ref('int_phased_cell') }}),

three_public as (select * from {{ ref('fct_three_public') }} where phase is not null),

meanings as (select * from {{ ref('int_claim_meaning') }}),

implied as (select * from {{ ref('int_implied_figure') }}),

figures as (select * from {{ ref('figure_of_form') }}),

-- A sentence that a table of its own paper contradicts is kept and never chosen.
contradicted as (
    select * from {{ ref('int_claim_check') }} where status = 'fail'
),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

of_expenditure as (
    select
        document_id, fiscal_year, phase, 'expenditure' as statement, fund, nature, function_code, source,
        amount_cny, precision_cny, form, row_key, nature as measure, page,
        case source when 'form' then 0 else 1000 end as figure_no
    from expenditure
),

of_three_public as (
    select
        document_id, fiscal_year, phase, 'three_public' as statement, 'general_public' as fund, expense as nature,
        'total' as function_code, source, amount_cny, precision_cny, 'three_public' as form, row_key,
        expense as measure, page, 0 as figure_no
    from three_public
),

of_forms as (
    select
        cells.document_id, cells.fiscal_year, cells.phase, figures.statement, figures.fund, figures.nature,
        'total' as function_code, 'form' as source, cells.amount_cny, cells.precision_cny, cells.form,
        cells.row_key, cells.measure, cells.page, figures.figure_no
    from cells
    inner join figures
        on cells.form = figures.form
        and cells.row_key = figures.row_key
        and cells.base_measure = figures.measure
    where figures.form <> 'three_public'
),

-- What a sentence says of a cell, whether the form prints the cell or not.
stated as (
    select
        meanings.document_id,
        documents.fiscal_year,
        case
            when meanings.metric in ('initial_budget', 'adjusted_budget') then meanings.metric
            when meanings.document_kind = 'budget' then 'initial_budget'
            when meanings.metric = 'final_actual' then 'final'
        end as phase,
        'claim' as source,
        meanings.value_cny as amount_cny,
        meanings.precision_cny,
        meanings.form,
        meanings.row_key,
        meanings.measure,
        regexp_replace(meanings.measure, '^(initial_budget|adjusted_budget)_', '') as base_measure,
        contradicted.document_id is not null as is_contradicted,
        meanings.page,
        meanings.snippet_offset
    from meanings
    inner join documents on meanings.document_id = documents.document_id
    left join contradicted
        on meanings.document_id = contradicted.document_id
        and meanings.section_key = contradicted.section_key
        and meanings.snippet_offset = contradicted.snippet_offset
        and meanings.subject = contradicted.subject
        and meanings.metric = contradicted.metric
        and meanings.value_printed = contradicted.value_printed
        and meanings.unit = contradicted.unit
    where meanings.form not in ('three_public', 'overall_performance', 'project_performance')
),

of_text as (
    select *
    from stated
    where phase is not null
    qualify row_number() over (
        partition by document_id, form, row_key, measure, phase
        order by is_contradicted, snippet_offset, amount_cny
    ) = 1
    union all by name
    select *, 'implied' as source, measure as base_measure
    from implied
),

of_words as (
    select
        of_text.document_id, of_text.fiscal_year, of_text.phase, figures.statement, figures.fund, figures.nature,
        case when figures.row_key = '@code' then of_text.row_key else 'total' end as function_code,
        of_text.source, of_text.amount_cny, of_text.precision_cny, of_text.form, of_text.row_key, of_text.measure,
        of_text.is_contradicted, of_text.page, figures.figure_no
    from of_text
    inner join figures
        on of_text.form = figures.form
        and of_text.base_measure = figures.measure
        and (
            of_text.row_key = figures.row_key
            or figures.row_key = '@code' and regexp_full_match(of_text.row_key, '[0-9]+|total')
        )
),

all_tellings as (
    select * from of_expenditure
    union all by name
    select * from of_three_public
    union all by name
    select * from of_forms
    union all by name
    select * from of_words
),

-- One paper tells one figure once by each way, though two of its forms print it.
tellings as (
    select *
    from all_tellings
    qualify row_number() over (
        partition by document_id, statement, fiscal_year, phase, fund, nature, function_code, source
        order by coalesce(is_contradicted, false), figure_no, form, row_key, measure
    ) = 1
),

of_bodies as (
    select
        tellings.* exclude (is_contradicted),
        coalesce(tellings.is_contradicted, false) as is_contradicted,
        coalesce(departments.current_department_id, documents.department_id) as body_id,
        documents.department_id,
        documents.document_kind,
        documents.perimeter,
        documents.current_document_id is not distinct from documents.document_id as is_current,
        row_number() over (
            partition by
                coalesce(departments.current_department_id, documents.department_id, documents.document_id),
                tellings.statement, tellings.fiscal_year, tellings.phase, tellings.fund, tellings.nature,
                tellings.function_code
            order by
                coalesce(tellings.is_contradicted, false),
                {{ telling_order('tellings.source', 'documents') }}
        ) as candidate_rank
    from tellings
    inner join documents on tellings.document_id = documents.document_id
    left join departments on documents.department_id = departments.department_id
),

final as (
    select
        {{ surrogate_key([
            'coalesce(body_id, document_id)', 'statement', 'fiscal_year', 'phase', 'fund', 'nature', 'function_code',
        ]) }} as figure_id,
        body_id,
        department_id,
        statement,
        fiscal_year,
        phase,
        fund,
        nature,
        function_code,
        source,
        amount_cny,
        precision_cny,
        document_id,
        document_kind,
        perimeter,
        is_current,
        is_contradicted,
        form,
        row_key,
        measure,
        page,
        cast(candidate_rank as integer) as candidate_rank,
        candidate_rank = 1 and not is_contradicted as is_preferred
    from of_bodies
)

select * from final
