"""How wide text is, and how it breaks into lines that fit.

A picture is drawn before it is known which font shows it. These widths are the larger ones of DejaVu Sans and
Arial (Liberation Sans) per character, so that text fits its box in whichever of the two, or a narrower font,
is at hand.
"""

_PER_CHARACTER = {
    30: "'Iijl",
    35: " ,./:;\\|",
    40: "()-[]ft",
    45: "!r",
    50: '"*J`',
    55: "csz",
    60: "?L_kvxy·",
    65: "$0123456789FTabdeghnopqu{}",
    70: "ABEKPSVXYZ",
    75: "CNRU",
    80: "&DGHOQ→",
    85: "#+<=>^w~",
    90: "M",
    100: "%Wm",
    105: "@",
}
"""Hundredths of the font's size."""
_WIDTH = {char: width / 100 for width, chars in _PER_CHARACTER.items() for char in chars}
_UNKNOWN = 0.7
_BOLD = 1.13


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text can be, in the units of ``size``."""
    return sum(_WIDTH.get(char, _UNKNOWN) for char in text) * size * (_BOLD if bold else 1)


def wrapped(text: str, size: float, width: float, *, bold: bool = False, lines: int = 9) -> list[str]:
    """A text broken at spaces into lines that fit a width.

    A word that is too long by itself is broken with a hyphen; what does not fit in ``lines`` lines ends in
    an ellipsis.
    """
    found: list[str] = []
    line = ""
    words = text.split()
    while words:
        word = words.pop(0)
        together = f"{line} {word}".strip()
        if width_of(together, size, bold=bold) <= width:
            line = together
        elif line:
            found.append(line)
            line = ""
            words.insert(0, word)
        else:
            head = word
            while len(head) > 1 and width_of(f"{head}-", size, bold=bold) > width:
                head = head[:-1]
            found.append(f"{head}-")
            words.insert(0, word[len(head) :])
    if line:
        found.append(line)
    if len(found) > lines:
        found = found[:lines]
        last = found[-1]
        while last and width_of(f"{last}…", size, bold=bold) > width:
            last = last[:-1].rstrip()
        found[-1] = f"{last}…"
    return found


def flowed(items: list[str], size: float, width: float, *, gap: float) -> list[list[tuple[str, float]]]:
    """Items set side by side, ``gap`` apart, on as many rows as they need: per row (text, width)."""
    rows: list[list[tuple[str, float]]] = [[]]
    used = 0.0
    for item in items:
        item = wrapped(item, size, width, lines=1)[0]
        wide = width_of(item, size)
        if rows[-1] and used + wide > width:
            rows.append([])
            used = 0.0
        rows[-1].append((item, wide))
        used += wide + gap
    return rows
