select form, form_no, label_zh, label_en, is_standard from marts.dim_form order by form_no
