"""Dry runs: a scenario played by the real workflow at the scenario's own dates. Nothing leaves."""
