-- Grain: one statement on state assets in a paper's explanation.
{{ claims_of_section('assets') }}
