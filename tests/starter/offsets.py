"""Ports for a stack in a test."""

import random

from starter.stack.ports import Ports, is_free

# Below the range from which systems hand out ports by themselves, and above the defaults.
_OFFSETS = range(2000, 23000)


def free_offset() -> int:
    """An offset at which all ports of a stack are free now; tests that run side by side get others."""
    for offset in random.sample(_OFFSETS, 50):
        if all(is_free(number) for _, number, _ in Ports.shifted(offset).each()):
            return offset
    raise RuntimeError("No free ports were found for a stack.")
