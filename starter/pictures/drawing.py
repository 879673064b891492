"""A route drawn as SVG: stages from left to right, terms above, acts below, exits at the right.

Plain SVG with one style sheet of its own: no fonts or scripts from elsewhere, light and dark by the reader's
setting, and the same bytes for the same sheet.
"""

from html import escape

from domain.calendars import say
from domain.journey import Stage
from starter.pictures.sheet import Column, Exit, Lane, Move, Sheet, TermLine
from starter.pictures.text import flowed, width_of, wrapped

WIDTH = 1680.0
_MARGIN = 32.0
_EXITS = 232.0
_GAP = 96.0
_LINE = 1.35
_PAD = 10.0

_STYLE = """
svg{--paper:#ffffff;--ink:#1d2733;--soft:#4f5d6d;--line:#9aa8b6;--box:#e8f0f8;--edge:#2f6299;
--law:#8a3a12;--lawbox:#fbeee4;--term:#f3f5f7;--own:#2f6299;--fact:#2c6e49;--factbox:#e9f4ed;--exit:#f2ecf8;
--exitedge:#6a4a94;font-family:"Segoe UI",Arial,"Liberation Sans","DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){svg{--paper:#161b21;--ink:#e8edf2;--soft:#b3bfcb;--line:#64717f;--box:#1f3347;
--edge:#7fb2e5;--law:#f0b48c;--lawbox:#3a281d;--term:#222a33;--own:#7fb2e5;--fact:#8fd0aa;--factbox:#1d3226;
--exit:#2c2438;--exitedge:#c0a3e6}}
.paper{fill:var(--paper)}.ink{fill:var(--ink)}.soft{fill:var(--soft)}.own{fill:var(--own)}.fact{fill:var(--fact)}
.law{fill:var(--law)}.b{font-weight:bold}.stage{fill:var(--box);stroke:var(--edge);stroke-width:1.5}
.term{fill:var(--term);stroke:var(--line)}.lawbox{fill:var(--lawbox);stroke:var(--law)}
.exit{fill:var(--exit);stroke:var(--exitedge)}.exitink{fill:var(--exitedge)}.factbox{fill:var(--factbox)}
.lane{fill:var(--term)}.arrow{stroke:var(--edge);stroke-width:2;fill:none}.head{fill:var(--edge)}
.back{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4;fill:none}.backhead{fill:var(--soft)}
.rule{stroke:var(--line);stroke-width:1}
"""


class _Page:
    """Marks put on paper, in order."""

    def __init__(self) -> None:
        self.marks: list[str] = []

    def text(self, x: float, y: float, said: str, size: float, *kinds: str, anchor: str = "start") -> None:
        """One line; ``y`` is its top."""
        placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.marks.append(
            f'<text x="{_n(x)}" y="{_n(y + size)}" font-size="{_n(size)}" class="{" ".join(kinds) or "ink"}"'
            f"{placed}>{escape(said, quote=False)}</text>"
        )

    def lines(
        self, x: float, y: float, said: list[str], size: float, *kinds: str, anchor: str = "start"
    ) -> float:
        """Lines under each other; gives the y under the last one."""
        for line in said:
            self.text(x, y, line, size, *kinds, anchor=anchor)
            y += size * _LINE
        return y

    def box(self, x: float, y: float, width: float, height: float, kind: str, radius: float = 6) -> None:
        self.marks.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}" '
            f'class="{kind}"/>'
        )

    def row(self, x: float, y: float, said: list[tuple[str, str]], size: float) -> None:
        """Texts on one line with dots between them, each (text, kind)."""
        dot = '<tspan class="soft">\u2002·\u2002</tspan>'
        parts = dot.join(f'<tspan class="{kind}">{escape(text, quote=False)}</tspan>' for text, kind in said)
        self.marks.append(f'<text x="{_n(x)}" y="{_n(y + size)}" font-size="{_n(size)}">{parts}</text>')

    def path(self, way: str, kind: str) -> None:
        self.marks.append(f'<path d="{way}" class="{kind}"/>')


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def draw(sheet: Sheet) -> str:
    """The picture as an SVG document."""
    page = _Page()
    wide = (WIDTH - 2 * _MARGIN - _EXITS - _GAP * len(sheet.columns)) / len(sheet.columns)
    lefts = {column.stage: _MARGIN + n * (wide + _GAP) for n, column in enumerate(sheet.columns)}
    y = _heading(page, sheet)
    y = _terms(page, sheet.columns, lefts, wide, y)
    top, height = y, max(_stage_height(column, wide) for column in sheet.columns)
    adjacent, others = _split(sheet)
    height = max(height, *(_arrow_height(moves) for moves in adjacent.values()), 0)
    for column in sheet.columns:
        _stage(page, column, lefts[column.stage], top, wide, height)
    _arrows(page, sheet, adjacent, lefts, wide, top, height)
    exits_bottom = _exits(page, sheet.exits, WIDTH - _MARGIN - _EXITS, top)
    y = _channels(page, others, lefts, wide, top + height)
    y = _acts(page, sheet.columns, lefts, wide, y + 10)
    y = max(_everywhere(page, sheet, y + 6), exits_bottom) + 14
    for lane in sheet.lanes:
        y = _lane(page, lane, y)
    y = _facts(page, sheet, y + 8)
    y = _legend(page, y + 12)
    whole = _n(y + 16)
    said = _described(sheet)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(WIDTH)} {whole}" width="{_n(WIDTH)}" '
            f'height="{whole}" role="img" aria-labelledby="titel uitleg">',
            f'<title id="titel">{escape(f"Route {sheet.label}", quote=False)}</title>',
            f'<desc id="uitleg">{escape(said, quote=False)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{_n(WIDTH)}" height="{whole}" class="paper"/>',
            *page.marks,
            "</svg>\n",
        )
    )


def _heading(page: _Page, sheet: Sheet) -> float:
    page.text(_MARGIN, 22, f"Route {sheet.label}", 26, "ink", "b")
    page.text(
        _MARGIN,
        58,
        wrapped(
            f"Termijnen volgens het beleid van {sheet.municipality} op {say(sheet.on, weekday=False)}. "
            f"Bron: {sheet.source}.",
            13,
            WIDTH - 2 * _MARGIN,
            lines=1,
        )[0],
        13,
        "soft",
    )
    return 92


# -- the stages, and what runs above them ----------------------------------------------------------------


def _term_lines(term: TermLine, wide: float) -> list[str]:
    return wrapped(term.name, 12, wide - 2 * _PAD, lines=2)


def _length_lines(term: TermLine, wide: float) -> list[str]:
    return wrapped(term.length, 13, wide - 2 * _PAD, bold=True, lines=2)


def _term_height(term: TermLine, wide: float) -> float:
    return len(_term_lines(term, wide)) * 12 * _LINE + len(_length_lines(term, wide)) * 13 * _LINE + 10


def _terms(
    page: _Page, columns: tuple[Column, ...], lefts: dict[Stage, float], wide: float, y: float
) -> float:
    """The terms of each stage, standing on its box."""
    tallest = max(sum(_term_height(term, wide) + 6 for term in column.terms) for column in columns)
    for column in columns:
        at = y + tallest - sum(_term_height(term, wide) + 6 for term in column.terms)
        for term in column.terms:
            _term_box(page, term, lefts[column.stage], at, wide)
            at += _term_height(term, wide) + 6
    return y + tallest + 4


def _term_box(page: _Page, term: TermLine, x: float, y: float, wide: float) -> None:
    page.box(x, y, wide, _term_height(term, wide), "lawbox" if term.statutory else "term")
    under = page.lines(x + _PAD, y + 4, _term_lines(term, wide), 12, "ink")
    page.lines(x + _PAD, under, _length_lines(term, wide), 13, "law" if term.statutory else "ink", "b")


def _stage_lines(column: Column, wide: float) -> tuple[list[str], list[str]]:
    room = wide - 2 * _PAD
    return wrapped(column.label, 16, room, bold=True, lines=3), wrapped(column.purpose, 13, room, lines=5)


def _stage_height(column: Column, wide: float) -> float:
    label, purpose = _stage_lines(column, wide)
    return len(label) * 16 * _LINE + len(purpose) * 13 * _LINE + 26


def _stage(page: _Page, column: Column, x: float, y: float, wide: float, height: float) -> None:
    page.box(x, y, wide, height, "stage", 10)
    label, purpose = _stage_lines(column, wide)
    under = page.lines(x + _PAD, y + 9, label, 16, "ink", "b")
    page.lines(x + _PAD, under + 3, purpose, 13, "soft")


# -- what moves on ------------------------------------------------------------------------------------------


def _split(sheet: Sheet) -> tuple[dict[Stage, list[Move]], list[Move]]:
    """Moves to the next stage, by the stage that they leave; and the others."""
    order = [column.stage for column in sheet.columns]
    adjacent: dict[Stage, list[Move]] = {}
    others: list[Move] = []
    for move in sheet.moves:
        place = order.index(move.target)
        before = order[place - 1] if place else None
        if before in move.sources:
            adjacent.setdefault(before, []).append(move)
        rest = tuple(stage for stage in move.sources if stage is not before)
        if rest:
            others.append(Move(move.label, rest, move.target, move.from_outside))
    return adjacent, others


def _arrow_lines(move: Move) -> list[str]:
    return wrapped(move.label, 12, _GAP - 12, lines=4)


def _arrow_height(moves: list[Move]) -> float:
    return sum(len(_arrow_lines(move)) * 12 * _LINE + 26 for move in moves) + 10


def _arrows(
    page: _Page,
    sheet: Sheet,
    adjacent: dict[Stage, list[Move]],
    lefts: dict[Stage, float],
    wide: float,
    top: float,
    height: float,
) -> None:
    for column in sheet.columns:
        x = lefts[column.stage] + wide
        moves = adjacent.get(column.stage, [])
        y = top + (height - _arrow_height(moves)) / 2 + 5
        for move in moves:
            y = page.lines(
                x + _GAP / 2,
                y,
                _arrow_lines(move),
                12,
                "fact" if move.from_outside else "own",
                anchor="middle",
            )
            _arrow(page, x + 8, x + _GAP - 8, y + 9)
            y += 26
    last = sheet.columns[-1].stage
    x, y = lefts[last] + wide, top + 12
    ends = [way.label for way in sheet.exits if way.sources == {last}]
    for label in ends[:1]:
        y = page.lines(x + _GAP / 2, y, wrapped(label, 12, _GAP - 8, lines=4), 12, "own", anchor="middle")
    _arrow(page, x + 8, x + _GAP - 8, y + 9)


def _arrow(page: _Page, start: float, end: float, y: float) -> None:
    page.path(f"M{_n(start)} {_n(y)}H{_n(end - 7)}", "arrow")
    page.path(f"M{_n(end)} {_n(y)}l-9 -5v10z", "head")


def _channels(page: _Page, moves: list[Move], lefts: dict[Stage, float], wide: float, bottom: float) -> float:
    """Moves that skip stages or go back: thin lines under the boxes, one under the other."""
    y = bottom + 30
    order = list(lefts)
    # Those that go back are drawn nearest, so that no line runs through the words of another.
    for number, move in enumerate(sorted(moves, key=lambda move: order.index(move.target))):
        shift = 14.0 * (number % 4)
        ends = [lefts[stage] + wide / 2 - 30 + shift for stage in move.sources]
        target = lefts[move.target] + wide / 2 + 30 - shift
        low, high = min(*ends, target), max(*ends, target)
        for x in ends:
            page.path(f"M{_n(x)} {_n(bottom)}V{_n(y)}", "back")
        page.path(f"M{_n(low)} {_n(y)}H{_n(high)}", "back")
        page.path(f"M{_n(target)} {_n(y)}V{_n(bottom + 10)}", "back")
        page.path(f"M{_n(target)} {_n(bottom + 2)}l-5 9h10z", "backhead")
        said = wrapped(move.label, 12, wide + _GAP - 40, lines=1)[0]
        broad = width_of(said, 12) + 10
        # Beside where it comes from.
        left = low + 16 if target == high else high - 16 - broad
        page.box(left, y - 10, broad, 18, "paper", 0)
        page.text(left + broad / 2, y - 9, said, 12, "fact" if move.from_outside else "own", anchor="middle")
        y += 26
    return y - 16


# -- what people do ---------------------------------------------------------------------------------------------


def _acts(
    page: _Page, columns: tuple[Column, ...], lefts: dict[Stage, float], wide: float, y: float
) -> float:
    """Under each stage what people do in it; those that take the journey on come first."""
    room = wide + _GAP - 22
    bottom = y
    for column in columns:
        x, at = lefts[column.stage], y
        for label in column.acts:
            moving = label in column.moving
            page.text(x, at, "→" if moving else "·", 13, "own", "b")
            at = page.lines(
                x + 16, at, wrapped(label, 13, room - 16, lines=2), 13, "ink", *(("b",) if moving else ())
            )
            at += 3
        if column.more:
            at = page.lines(x + 16, at, [f"en nog {_handelingen(column.more)}"], 13, "soft")
        bottom = max(bottom, at)
    return bottom


def _handelingen(count: int) -> str:
    return "1 handeling" if count == 1 else f"{count} handelingen"


def _everywhere(page: _Page, sheet: Sheet, y: float) -> float:
    more = _handelingen(sheet.everywhere_more)
    if sheet.everywhere:
        said = f"In elke fase kan ook: {' · '.join(sheet.everywhere)}"
        said += f", en {more} die altijd kunnen." if sheet.everywhere_more else "."
    elif sheet.everywhere_more:
        said = f"En {more} die in elke fase kunnen."
    else:
        return y
    room = WIDTH - 2 * _MARGIN - _EXITS - _GAP
    return page.lines(_MARGIN, y, wrapped(said, 13, room, lines=3), 13, "soft")


def _exits(page: _Page, exits: tuple[Exit, ...], x: float, y: float) -> float:
    page.text(x, y - 26, "Uitgangen", 15, "exitink", "b")
    room = _EXITS - 2 * _PAD
    for way in exits:
        label = wrapped(way.label, 14, room, bold=True, lines=2)
        leads = wrapped(way.leads, 12, room, lines=2)
        choices = wrapped(", ".join(way.choices), 13, room, lines=6)
        height = len(label) * 14 * _LINE + len(leads) * 12 * _LINE + len(choices) * 13 * _LINE + 14
        page.box(x, y, _EXITS, height, "exit", 8)
        under = page.lines(x + _PAD, y + 6, label, 14, "ink", "b")
        under = page.lines(x + _PAD, under, leads, 12, "soft")
        page.lines(x + _PAD, under + 2, choices, 13, "ink")
        y += height + 8
    return y


# -- beside the stages -----------------------------------------------------------------------------------------


_LANE_LABEL = 120.0
_DOT = 26.0
"""Room for a dot between two texts."""


def _lane(page: _Page, lane: Lane, y: float) -> float:
    """A track: its terms on one row, then what happens on it."""
    x, room = _MARGIN + _LANE_LABEL, WIDTH - 2 * _MARGIN - _LANE_LABEL - _PAD
    statutory = {f"{term.name}: {term.length}" for term in lane.terms if term.statutory}
    inside = _Page()
    at = y + 8
    terms = [f"{term.name}: {term.length}" for term in lane.terms]
    for row in flowed(terms, 12, room, gap=30) if terms else []:
        left = x
        for said, broad in row:
            law = said in statutory
            inside.box(left, at - 2, broad + 16, 20, "lawbox" if law else "term", 5)
            inside.text(left + broad / 2 + 8, at, said, 12, "law" if law else "ink", anchor="middle")
            left += broad + 30
        at += 27
    happens = [*lane.facts, *lane.acts]
    if lane.more:
        happens.append(f"en nog {_handelingen(lane.more)}")
    for row in flowed(happens, 13, room, gap=_DOT):
        inside.row(x, at, [(said, "fact" if said in lane.facts else "ink") for said, _ in row], 13)
        at += 13 * _LINE + 3
    page.box(_MARGIN, y, WIDTH - 2 * _MARGIN, at - y + 6, "lane", 8)
    page.text(_MARGIN + _PAD, y + 8, lane.label, 14, "ink", "b")
    page.marks += inside.marks
    return at + 14


def _facts(page: _Page, sheet: Sheet, y: float) -> float:
    facts = list(sheet.facts)
    if sheet.facts_more:
        facts.append(f"en nog {sheet.facts_more} andere")
    x, room = _MARGIN + _PAD, WIDTH - 2 * _MARGIN - 2 * _PAD
    rows = flowed(facts, 13, room, gap=_DOT)
    page.box(_MARGIN, y, WIDTH - 2 * _MARGIN, 34 + len(rows) * 21 + 6, "factbox", 8)
    page.text(
        x, y + 8, "Van buiten, in elke fase: wordt altijd vastgelegd en nooit geweigerd", 14, "fact", "b"
    )
    at = y + 34
    for row in rows:
        page.row(x, at, [(said, "ink") for said, _ in row], 13)
        at += 21
    return at + 6


def _legend(page: _Page, y: float) -> float:
    x = _MARGIN
    for kind, said in (
        ("lawbox", "termijn uit de wet"),
        ("term", "afspraak van de gemeente"),
        ("stage", "fase"),
        ("exit", "uitgang"),
        ("factbox", "feit van buiten"),
    ):
        page.box(x, y + 1, 22, 14, kind, 3)
        page.text(x + 30, y, said, 12, "soft")
        x += 30 + width_of(said, 12) + 28
    page.text(x, y, "→ brengt de klantroute verder", 12, "soft")
    return y + 18


def _described(sheet: Sheet) -> str:
    """The picture in words, for who hears it."""
    said = [f"Route {sheet.label}, van links naar rechts."]
    for column in sheet.columns:
        terms = ", ".join(f"{term.name} {term.length}" for term in column.terms)
        said.append(f"Fase {column.label}: {column.purpose}. Termijnen: {terms or 'geen'}.")
    said += [
        f"{move.label} brengt van {' of '.join(stage.value for stage in move.sources)} naar {move.target.value}."
        for move in sheet.moves
    ]
    for way in sheet.exits:
        choices = f": {', '.join(way.choices)}" if way.choices else ""
        said.append(f"Uitgang {way.label}, {way.leads}{choices}.")
    said += [f"Spoor {lane.label}: {', '.join((*lane.facts, *lane.acts))}." for lane in sheet.lanes]
    said.append(f"Feiten van buiten: {', '.join(sheet.facts)}.")
    return " ".join(said)
