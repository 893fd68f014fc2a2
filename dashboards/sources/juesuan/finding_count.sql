-- optional: papers may be without fault.
select * from marts.mart_finding_count order by rule_id, severity, responsibility, district_code
