"""Tables: powers and responsibilities (权责清单) and their adjustment."""
