"""The picture of a rollout."""

from __future__ import annotations

import base64
from xml.etree import ElementTree as ET

from tasks.domain.rollout.analysis import Analysis
from tasks.domain.rollout.chart import chart_markdown
from tasks.domain.rollout.step_result import Bake, Tally

QUICK, SLOW = Tally(latencies=(0.02, 0.03)), Tally(latencies=(0.4,))


def bake(percent: int, **tallies: Tally) -> Bake:
    traffic = {"blue": 100 - percent, "Green": percent}
    decided = Analysis(decision="success", reason="")
    return Bake(percent=percent, traffic=traffic, seconds=1, tallies=tallies, analysis=decided)


def test_every_step_has_a_bar_of_its_traffic_and_the_latency_of_both_colors() -> None:
    """Names in whatever case, colors that answered nothing, and calls that nobody answered for."""
    bakes = [bake(10, blue=QUICK, green=SLOW), bake(100, green=SLOW, blue=Tally(), **{"": Tally()})]
    _, _, data = chart_markdown(bakes).removesuffix(")").partition("base64,")
    svg = ET.fromstring(base64.b64decode(data))
    boxes = [one for one in svg.iter() if one.tag.endswith("rect")]
    said = " ".join(one.text or "" for one in svg.iter() if one.tag.endswith("text"))
    assert len(boxes) == 1 + 4 + 3  # the ground, two shares a step, and who answered
    assert "at 10 % success" in said
    assert "20 ms 400 ms" in said


def test_no_steps_no_picture() -> None:
    """A rollout that stopped before has none."""
    assert chart_markdown([]) == ""


def test_many_steps_have_short_labels_or_none() -> None:
    """They would cover each other."""

    def said(count: int) -> str:
        _, _, data = chart_markdown([bake(10, blue=QUICK, green=SLOW)] * count).removesuffix(")").partition("base64,")
        return base64.b64decode(data).decode()

    assert ">at 10 % success<" in said(4)
    assert ">400 ms<" in said(4)
    assert "success" not in said(10)
    assert ">at 10 %<" in said(10)
    assert ">10 %<" in said(15)
    assert ">400<" in said(10)
    assert ">10 %<" not in said(50)
