"""A chart of a rollout: the traffic of each step, and the latency of both colors below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tasks.domain.common import svg
from tasks.domain.rollout.step_result import Bake

_BAR: Final = 64
_LINE: Final = 64
_HEIGHT: Final = _BAR + _LINE + 6 * svg.TEXT
# By name where the name is a known color, else the next of the others.
_NAMED: Final = {"blue": "#3b6fd1", "green": "#4c9f70"}
_OTHERS: Final = ("#e0a030", "#8a5fbf", "#8a8f98")


def chart_markdown(bakes: Sequence[Bake]) -> str:
    """Return the traffic of each step, and the latency of both colors below it; empty without steps."""
    if not bakes:
        return ""
    names = sorted({name.lower() for bake in bakes for name in (*bake.traffic, *bake.tallies) if name})
    colors, slowest = _colors(names), _slowest(bakes)
    step = (svg.WIDTH - 2 * svg.TEXT) / len(bakes)
    parts = [
        svg.text(svg.TEXT, svg.TEXT, "traffic of each step: " + ", ".join(names)),
        *(_stack(bake, svg.TEXT + at * step, step * 0.9, colors) for at, bake in enumerate(bakes)),
        svg.text(svg.TEXT, _BAR + 3.5 * svg.TEXT, f"median latency of probes, maximum {slowest:.0f} ms"),
        *(_latencies(bake, svg.TEXT + at * step, step * 0.9, colors, slowest) for at, bake in enumerate(bakes)),
    ]
    return svg.image("traffic and latency of each step", _HEIGHT, parts)


def _stack(bake: Bake, x: float, width: float, colors: dict[str, str]) -> str:
    """Return one step's bar, with its title below."""
    shares = sorted(bake.traffic.items(), key=lambda one: one[0].lower())
    heights = [(colors[name.lower()], _BAR * percent / 100) for name, percent in shares]
    decided = bake.analysis.decision if bake.analysis else ""
    titles = (f"{bake.title} {decided}", bake.title, f"{bake.percent} %")
    bar = svg.stack(x, _BAR + 1.5 * svg.TEXT, width, heights)
    return bar + svg.fitting(x, _BAR + 2.4 * svg.TEXT, width, *titles)


def _colors(names: Iterable[str]) -> dict[str, str]:
    others = [name for name in names if name not in _NAMED]
    return {**_NAMED, **{name: _OTHERS[at % len(_OTHERS)] for at, name in enumerate(others)}}


def _latencies(bake: Bake, x: float, width: float, colors: dict[str, str], slowest: float) -> str:
    """Return the bars of the colors side by side; one without answers has no bar."""
    seen = [(name, bake.of(name).probes.p50_ms) for name in sorted(bake.tallies) if name]
    known = [(name, value) for name, value in seen if value is not None]
    own = width / max(1, len(known))
    bars = []
    for at, (name, value) in enumerate(known):
        height = max(2.0, (_LINE - 4) * value / slowest)
        top = _HEIGHT - 1.5 * svg.TEXT - height
        bars.append(svg.box(x + at * own, top, own * 0.9, height, colors[name]))
        bars.append(svg.fitting(x + at * own, _HEIGHT - 5, own, f"{value:.0f} ms", f"{value:.0f}"))
    return "".join(bars)


def _slowest(bakes: Iterable[Bake]) -> float:
    known = [bake.of(name).probes.p50_ms or 0.0 for bake in bakes for name in bake.tallies if name]
    return max(known, default=0.0) or 1.0
