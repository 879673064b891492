"""Backup and restore of everything that a journey lives in: PostgreSQL, Temporal's data, policy files."""
