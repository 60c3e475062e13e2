"""The journeys of docs/journeys.md as programs: told by `make demo`, proven by tests/journeys and tests/faults."""
