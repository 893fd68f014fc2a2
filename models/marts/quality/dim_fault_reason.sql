-- Grain: one reason for which a fault is the publisher's or the extraction's.
with reasons as (select * from {{ ref('fault_reason') }})

select
    fault_reason,
    rank,
    responsibility,
    label_zh,
    label_en
from reasons
order by rank
