"""The rules of the klantroute: pure functions over frozen models. No I/O, no clock, no Temporal."""
