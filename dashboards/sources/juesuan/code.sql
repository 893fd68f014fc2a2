-- One row: a function or economic code that some paper here prints or the reference knows.
select 'function' as classification, function_code as code, function_name as name, function_name_en as name_en,
    level, parent_code, harmonised_code, former_names, documents
from marts.dim_function
union all by name
select 'economic' as classification, economic_code as code, economic_name as name, economic_name_en as name_en,
    level, parent_code, economic_code as harmonised_code, former_names, documents
from marts.dim_economic
order by classification, code
