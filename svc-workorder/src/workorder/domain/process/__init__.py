"""How work goes, as data: a definition names states, steps, who may take them, forms, limits, clocks and what is told."""
