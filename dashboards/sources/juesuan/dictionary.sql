select table_name, column_name, data_type, comment as description
from duckdb_columns()
where database_name = 'publication' and schema_name = 'marts'
order by table_name, column_index
