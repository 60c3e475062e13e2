"""Tables: publishing rules, findings and the consistency audit."""
