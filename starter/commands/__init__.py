"""The commands of ``meedoen``, grouped by what they are about.

Heavy libraries are imported inside a command: who asks for a list does not wait for Temporal's client.
"""
