"""Stands in for the real package of this name."""
