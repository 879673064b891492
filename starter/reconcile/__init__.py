"""Temporal and the journal side by side: see ``starter.reconcile.reconciler``."""

from starter.reconcile.differences import Difference, Kind, Report
from starter.reconcile.mend import Mender
from starter.reconcile.postgresql_side import PostgresqlSide
from starter.reconcile.reconciler import Reconciler
from starter.reconcile.temporal_side import TemporalSide

__all__ = ["Difference", "Kind", "Mender", "PostgresqlSide", "Reconciler", "Report", "TemporalSide"]
