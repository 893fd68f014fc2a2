select * exclude (valid_from, valid_to), cast(valid_from as varchar) as valid_from, cast(valid_to as varchar) as valid_to
from marts.mart_department
order by department_id
