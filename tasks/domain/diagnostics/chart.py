"""Health and latency over the last runs: in characters, and as a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from tasks.domain.common import svg
from tasks.domain.diagnostics.health_record import DayHealth
from tasks.domain.diagnostics.summary import HEALTHS
from tasks.domain.diagnostics.verdict import Health

MARKS: Final[Mapping[Health, str]] = {"healthy": "●", "degraded": "◐", "unhealthy": "✗", "unknown": "?"}
_BARS: Final = "▁▂▃▄▅▆▇█"
_COLORS: Final[Mapping[Health, str]] = {
    "healthy": "#4c9f70",
    "degraded": "#e0a030",
    "unknown": "#8a8f98",
    "unhealthy": "#d1453b",
}
_BAR_HEIGHT: Final = 64
_LINE_HEIGHT: Final = 48
_HEIGHT: Final = _BAR_HEIGHT + _LINE_HEIGHT + 4 * svg.TEXT


def marks(nights: Iterable[DayHealth]) -> str:
    """Return one character per run for its health."""
    return "".join(MARKS[one.health] for one in nights)


def sparkline(nights: Iterable[DayHealth]) -> str:
    """Return one bar per run for its latency, the highest for the slowest; a space where no call was answered."""
    known = tuple(nights)
    highest = max((one.latency_seconds or 0.0 for one in known), default=0.0)
    return "".join(_bar(one.latency_seconds, highest) for one in known).strip() if highest else ""


def chart_markdown(nights: Sequence[Sequence[DayHealth]]) -> str:
    """Return the number of endpoints by health on each day, and the 95th percentile of their latency below.

    Empty with fewer than two days.
    """
    by_day: dict[date, list[DayHealth]] = {}
    for night in (one for endpoint in nights for one in endpoint):
        by_day.setdefault(night.day, []).append(night)
    days = sorted(by_day)
    if len(days) < 2:
        return ""
    groups = [by_day[day] for day in days]
    step = (svg.WIDTH - 2 * svg.TEXT) / len(days)
    parts = [
        _legend(groups),
        *(_stack(svg.TEXT + at * step, step * 0.8, one) for at, one in enumerate(groups)),
        _latency(step, [_p95(one) for one in groups]),
        svg.text(svg.TEXT, _HEIGHT - 5, f"{days[0]:%d %b}"),
        svg.text(svg.WIDTH - svg.TEXT, _HEIGHT - 5, f"{days[-1]:%d %b}", anchor="end"),
    ]
    return svg.image("Health and latency over the last runs", _HEIGHT, parts)


def _stack(x: float, width: float, nights: Sequence[DayHealth]) -> str:
    """Return one day's bar; the part that is not healthy is always thick enough to see."""
    counts = [(health, sum(one.health == health for one in nights)) for health in reversed(HEALTHS)]
    heights = [(_COLORS[health], max(_BAR_HEIGHT * count / len(nights), 3.0)) for health, count in counts if count]
    return svg.stack(x, _BAR_HEIGHT + 1.5 * svg.TEXT, width, heights)


def _legend(nights: Sequence[Sequence[DayHealth]]) -> str:
    """Return the meaning of each color, with the last day's numbers."""
    parts, x = [], float(svg.TEXT)
    for health in (one for one in HEALTHS if any(night.health == one for day in nights for night in day)):
        label = f"{sum(night.health == health for night in nights[-1])} {health}"
        parts.append(f'<rect x="{x:.1f}" y="{svg.TEXT - 9}" width="10" height="10" rx="2" fill="{_COLORS[health]}"/>')
        parts.append(svg.text(x + 14, svg.TEXT, label))
        x += 26 + 6.5 * len(label)
    return "".join([*parts, svg.text(x, svg.TEXT, "on the last day")])


def _latency(step: float, slow: Sequence[float]) -> str:
    """Return a line over the days, or a sentence where no call was answered on any."""
    top, highest = _BAR_HEIGHT + 3 * svg.TEXT, max(slow)
    if not highest:
        return svg.text(svg.TEXT, top, "no scoring call was answered")
    points = " ".join(
        f"{svg.TEXT + (at + 0.4) * step:.1f},{top + (_LINE_HEIGHT - svg.TEXT) * (1 - one / highest):.1f}"
        for at, one in enumerate(slow)
    )
    label = f"latency, 95th percentile: {slow[-1] * 1000:.0f} ms on the last day, maximum {highest * 1000:.0f} ms"
    line = f'<polyline points="{points}" fill="none" stroke="#3b6fd1" stroke-width="2"/>'
    return svg.text(svg.TEXT, _BAR_HEIGHT + 2.5 * svg.TEXT, label) + line


def _p95(nights: Sequence[DayHealth]) -> float:
    known = sorted(one.latency_seconds for one in nights if one.latency_seconds is not None)
    return known[min(len(known) - 1, int(len(known) * 0.95))] if known else 0.0


def _bar(latency: float | None, highest: float) -> str:
    if latency is None:
        return " "
    return _BARS[min(len(_BARS) - 1, int(latency / highest * len(_BARS)))]
