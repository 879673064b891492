"""Fictional registries and a mailbox that speak the real protocols. Nobody in it exists."""
