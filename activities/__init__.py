"""The outside world: registries, the journal in PostgreSQL, messages."""
