-- Grain: one code of the function classification, known or met in a paper.
{{ codes_of_classification('function') }}
