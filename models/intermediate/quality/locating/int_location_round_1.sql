-- Grain: one cell that round 1 of locating names, with the change that mends most equations.
{{ locate_round(1, ref('int_equation'), ref('int_equation_term'), []) }}
