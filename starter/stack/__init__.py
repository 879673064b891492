"""The local stack: every server on this machine, started, watched and stopped together.

Entry: ``starter.stack.run.run_stack``. Nothing is imported here, so that the guard process stays small.
"""
