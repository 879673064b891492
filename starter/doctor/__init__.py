"""Looks whether everything around Meedoen is set up right: ``meedoen doctor``.

Each check is a small function that says in one sentence what is right or wrong, why, and who can mend it. No
sentence holds a secret or anything personal.
"""
