-- optional: usually nothing is in quarantine.
select file_name, reason_code, reason, remedy, sha256, cast(first_loaded_at as varchar) as first_loaded_at
from marts.fct_quarantine
order by file_name, sha256
