"""The people's side: command line, local stack, dry runs."""
