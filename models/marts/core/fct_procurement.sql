-- Grain: one statement on government procurement in a paper's explanation.
{{ claims_of_section('procurement') }}
