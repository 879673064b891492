"""Routes: the process, each declared once as typed data.

Everything else is derived from a declaration: what a journey does, which acts are open in a stage, the
JSON schema of each act, the picture of the route.
"""

from domain.declaration import ActSpec, Route
from domain.routes.regulier import REGULIER

ROUTES: dict[str, Route] = {REGULIER.key: REGULIER}

__all__ = ["ROUTES", "ActSpec", "Route"]
