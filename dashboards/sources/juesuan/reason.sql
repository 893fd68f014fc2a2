select reason, verdict, label_zh, label_en from marts.dim_comparability_reason order by reason
