-- Grain: one cell that round 2 of locating names, with the change that mends most equations.
{{ locate_round(2, ref('int_equation'), ref('int_equation_term'), [ref('int_location_round_1')]) }}
