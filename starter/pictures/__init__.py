"""Pictures of routes: what one says (``sheet``) and how it is drawn (``drawing``)."""

from starter.pictures.drawing import draw
from starter.pictures.sheet import Sheet, sheet_of

__all__ = ["Sheet", "draw", "sheet_of"]
