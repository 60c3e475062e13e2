"""Tables: policies for enterprises (惠企政策)."""
