"""A process beside the others that tells people when journeys stand still: a dead worker is silent."""
