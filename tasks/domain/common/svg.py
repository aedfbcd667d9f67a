"""Small pictures as SVG data URIs, which Prefect's both UIs show in Markdown, on light and dark."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 560
TEXT: Final = 16  # pixels from one line of text to the next, and of margin
_LETTER: Final = 6.0  # pixels that a letter takes, on average


def image(title: str, height: int, parts: Iterable[str]) -> str:
    """Return a picture on white as Markdown."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif">'
    svg = f'{head}<rect width="100%" height="100%" rx="6" fill="#ffffff"/>{"".join(parts)}</svg>'
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="12" fill="#555b66" text-anchor="{anchor}">{words}</text>'


def fitting(x: float, y: float, width: float, *texts: str) -> str:
    """Return the first text that fits the width, or nothing: with many columns there is little room."""
    return next((text(x, y, one) for one in texts if len(one) * _LETTER <= width), "")


def box(x: float, y: float, width: float, height: float, color: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def stack(x: float, bottom: float, width: float, parts: Iterable[tuple[str, float]]) -> str:
    """Return boxes of the given colors and heights, the first one at the bottom."""
    boxes = []
    for color, height in parts:
        bottom -= height
        boxes.append(box(x, bottom, width, height, color))
    return "".join(boxes)
