-- Grain: one year whose consumer price index is published: what turns its yuan into yuan of 2020.
-- The factor is rounded once, to eight places; amounts are multiplied by it, never divided.
with recursive indices as (select * from {{ ref('cpi') }}),

chained as (
    select fiscal_year, cast(100 as decimal(12, 6)) as price_index
    from indices
    where fiscal_year = (select min(fiscal_year) from indices)
    union all
    select
        indices.fiscal_year,
        cast(chained.price_index * indices.previous_year_100 * cast(0.01 as decimal(3, 2)) as decimal(12, 6))
    from chained
    inner join indices on chained.fiscal_year + 1 = indices.fiscal_year
),

base as (select price_index from chained where fiscal_year = {{ var('price_base_year') }}),

final as (
    select
        chained.fiscal_year,
        cast(round(100 * chained.price_index / base.price_index, 4) as decimal(12, 4)) as price_index,
        cast(round(base.price_index / chained.price_index, 8) as decimal(12, 8)) as to_base_prices
    from chained
    cross join base
)

select * from final
