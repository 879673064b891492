"""The few web pages of the sandbox: plain HTML, usable with a keyboard and without scripts."""

from collections.abc import Iterable, Sequence
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff;
  margin: 0 auto; max-width: 80rem; padding: 1.5rem 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #6b6b6b; }
td { max-width: 22rem; overflow-wrap: break-word; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #6b6b6b; padding: 1rem; }
a { color: #00527c; } a:focus-visible, .scroll:focus-visible { outline: 3px solid #00527c; outline-offset: 2px; }
.scroll { overflow-x: auto; }
"""


def page(title: str, *parts: str) -> HTMLResponse:
    """A page. The parts are HTML: escape every text in them with `text`."""
    return HTMLResponse(
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{text(title)} - sandbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><nav aria-label="Sandbox"><a href="/">Registraties</a> | <a href="/postvak">Postvak</a></nav>'
        f"<main><h1>{text(title)}</h1>{''.join(parts)}</main></body></html>",
        # A mail may hold anything: nothing of it is ever run or fetched.
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


def text(value: object) -> str:
    return escape(str(value))


def paragraph(value: object) -> str:
    return f"<p>{text(value)}</p>"


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. The cells are HTML already."""
    head = "".join(f'<th scope="col">{text(heading)}</th>' for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<h2>{text(caption)}</h2><div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}">'
        f'<table aria-label="{text(caption)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
