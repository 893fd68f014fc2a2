-- Grain: one code of the economic classification, known or met in a paper.
{{ codes_of_classification('economic') }}
