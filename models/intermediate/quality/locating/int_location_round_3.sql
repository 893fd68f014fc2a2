-- Grain: one cell that round 3 of locating names, with the change that mends most equations.
{{ locate_round(3, ref('int_equation'), ref('int_equation_term'), [ref('int_location_round_1'), ref('int_location_round_2')]) }}
