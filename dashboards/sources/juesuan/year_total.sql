-- optional: a paper without a known district counts for none.
select * from marts.mart_year_total order by fiscal_year, phase
