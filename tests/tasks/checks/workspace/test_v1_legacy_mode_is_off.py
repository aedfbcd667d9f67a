"""v1 legacy mode."""

from __future__ import annotations

from support.check_facts import assert_judged, workspace

from tasks.checks.workspace.v1_legacy_mode_is_off import CHECK


def test_judge() -> None:
    """On is a failure whose remedy begins with a talk; off is well."""
    assert_judged(CHECK, workspace(), "PASS", "is off")
    found = assert_judged(CHECK, workspace(v1_legacy_mode=True), "FAIL", "refuses every operation")
    assert found.remedy.startswith("Talk to the network security team first")
    assert '\'{"properties":{"v1LegacyMode":false}}\'' in found.remedy
