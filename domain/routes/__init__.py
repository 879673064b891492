"""Routes: the process, each declared once as typed data.

Everything else is derived from a declaration: what a journey does, which acts are open in a stage, the
JSON schema of each act, the picture of the route.
"""

from domain.declaration import FILES, ROUTES, ActSpec, Route
from domain.routes.arbeidsbeperkt import ARBEIDSBEPERKT
from domain.routes.beschut import BESCHUT
from domain.routes.huishouden import HUISHOUDEN
from domain.routes.jongere import JONGERE
from domain.routes.regulier import REGULIER
from domain.routes.statushouder import STATUSHOUDER
from domain.routes.vso_pro import VSO_PRO

# The first route that fits is chosen, so what is special comes before what is general.
# A young statushouder learns Dutch first; a sheltered place is more special than leaving vso or pro, and
# who leaves vso or pro stands in the register too.
_IN_ORDER = (STATUSHOUDER, BESCHUT, VSO_PRO, ARBEIDSBEPERKT, JONGERE, REGULIER)
ROUTES.update({route.key: route for route in _IN_ORDER})
FILES.update({**ROUTES, HUISHOUDEN.key: HUISHOUDEN})


def act_of_any_route(name: str, *, households: bool = False) -> ActSpec | None:
    """An act by its name; a journey that changes route may meet acts of each. None: no route has it.

    Args:
        name: of the act.
        households: look among the acts of households too.
    """
    for route in (FILES if households else ROUTES).values():
        if found := route.find(name):
            return found
    return None


__all__ = ["FILES", "ROUTES", "ActSpec", "Route", "act_of_any_route"]
