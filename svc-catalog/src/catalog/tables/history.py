"""Tables: what was in force when, for figures at any past date."""
