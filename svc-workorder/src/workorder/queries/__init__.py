"""Reads for screens and lists; they never write. Reach is applied by the database. A module a topic."""
