-- Grain: one code of the government economic classification, known or met in a paper.
{{ codes_of_classification('government_economic') }}
