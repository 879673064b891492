"""Roles (rollen), and who may do what together."""

FRONT = frozenset({"toegang", "consulent", "regisseur", "teamleider"})
COACH = frozenset({"consulent", "werkconsulent", "regisseur", "teamleider"})
INCOME = frozenset({"consulent", "inkomensconsulent", "teamleider"})
DECIDES = frozenset({"inkomensconsulent", "kwaliteitstoetser", "consulent", "teamleider"})
ANYONE = frozenset(
    {
        "toegang",
        "consulent",
        "inkomensconsulent",
        "werkconsulent",
        "kwaliteitstoetser",
        "uitkeringsadministratie",
        "bezwaarjurist",
        "regisseur",
        "teamleider",
        "afdelingshoofd",
        "doorzettingsmacht",
        "beheer",
    }
)
LEAD = frozenset({"teamleider", "afdelingshoofd", "doorzettingsmacht"})
