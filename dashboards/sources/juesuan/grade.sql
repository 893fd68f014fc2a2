select grade, document_kind, cast(count(*) as integer) as documents
from marts.dim_document
group by all
order by all
