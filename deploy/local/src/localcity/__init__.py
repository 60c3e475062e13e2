"""A whole city on one machine: PostgreSQL, NATS, five services and the gateway under one supervisor."""
