"""A small picture of a rollout: the traffic of each step, and the latency of both colors below it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Final

from tasks.domain.rollout.step_result import Bake

_WIDTH, _BAR, _LINE, _TEXT = 560, 64, 64, 16
_LETTER: Final = 6.0  # pixels that a letter takes, on average
_HEIGHT: Final = _BAR + _LINE + 6 * _TEXT
# By name where the color is one that can be drawn, else the next of the others.
_NAMED: Final = {"blue": "#3b6fd1", "green": "#4c9f70"}
_OTHERS: Final = ("#e0a030", "#8a5fbf", "#8a8f98")


def picture_markdown(bakes: Sequence[Bake]) -> str:
    """The picture as an image that Markdown can hold; empty without steps."""
    if not bakes:
        return ""
    svg = base64.b64encode(_svg(bakes).encode()).decode()
    return f"![traffic and latency of each step](data:image/svg+xml;base64,{svg})"


def _svg(bakes: Sequence[Bake]) -> str:
    names = sorted({name.lower() for bake in bakes for name in (*bake.traffic, *bake.tallies) if name})
    colors = _colors(names)
    step = (_WIDTH - 2 * _TEXT) / len(bakes)
    parts = [
        _text(_TEXT, _TEXT, "traffic of each step: " + ", ".join(names)),
        *(_stack(bake, _TEXT + at * step, step * 0.9, colors) for at, bake in enumerate(bakes)),
        _text(_TEXT, _BAR + 3.5 * _TEXT, f"median latency of probes, at most {_slowest(bakes):.0f} ms"),
        *(_latencies(bake, _TEXT + at * step, step * 0.9, colors, _slowest(bakes)) for at, bake in enumerate(bakes)),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif">'
    return f'{head}<rect width="100%" height="100%" rx="6" fill="#ffffff"/>{"".join(parts)}</svg>'


def _colors(names: Iterable[str]) -> dict[str, str]:
    others = [name for name in names if name not in _NAMED]
    return {**_NAMED, **{name: _OTHERS[at % len(_OTHERS)] for at, name in enumerate(others)}}


def _stack(bake: Bake, x: float, width: float, colors: dict[str, str]) -> str:
    """One step's bar, with its title below."""
    bottom, parts = _BAR + 1.5 * _TEXT, []
    for name, percent in sorted(bake.traffic.items(), key=lambda one: one[0].lower()):
        height = _BAR * percent / 100
        bottom -= height
        parts.append(_box(x, bottom, width, height, colors[name.lower()]))
    decided = bake.analysis.decision if bake.analysis else ""
    return "".join(parts) + _fitting(
        x, _BAR + 2.4 * _TEXT, width, f"{bake.title} {decided}", bake.title, f"{bake.percent} %"
    )


def _latencies(bake: Bake, x: float, width: float, colors: dict[str, str], slowest: float) -> str:
    """The colors side by side; one that answered nothing has no bar."""
    seen = [(name, bake.of(name).probes.p50_ms) for name in sorted(bake.tallies) if name]
    known = [(name, value) for name, value in seen if value is not None]
    own = width / max(1, len(known))
    bars = []
    for at, (name, value) in enumerate(known):
        height = max(2.0, (_LINE - 4) * value / slowest)
        top = _HEIGHT - 1.5 * _TEXT - height
        bars.append(_box(x + at * own, top, own * 0.9, height, colors[name]))
        bars.append(_fitting(x + at * own, _HEIGHT - 5, own, f"{value:.0f} ms", f"{value:.0f}"))
    return "".join(bars)


def _slowest(bakes: Iterable[Bake]) -> float:
    known = [bake.of(name).probes.p50_ms or 0.0 for bake in bakes for name in bake.tallies if name]
    return max(known, default=0.0) or 1.0


def _box(x: float, y: float, width: float, height: float, color: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def _fitting(x: float, y: float, width: float, *texts: str) -> str:
    """The first text that the width has room for, or none: with many steps there is little."""
    return next((_text(x, y, text) for text in texts if len(text) * _LETTER <= width), "")


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="12" fill="#555b66">{text}</text>'
