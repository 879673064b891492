"""The durable processes. Thin: wait, ask the rules, carry out."""
