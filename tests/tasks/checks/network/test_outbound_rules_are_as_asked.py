"""Drift of outbound rules."""

from __future__ import annotations

import pytest
from support.check_facts import NOW, TARGET, assert_judged, rule

from tasks.checks.network.outbound_rules_are_as_asked import CHECK
from tasks.domain.azure.networking.network import FqdnRule, OutboundRule
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.subject import Expectations, Subject

ASKED = WorkspaceSpec(outbound_rules=(FqdnRule(name="features", destination="features.example.com"),))
SUBJECT = Subject(target=TARGET, now=NOW, expectations=Expectations(workspace=ASKED))
REQUIRED = rule("__SYS_PE_churnsa_blob", category="Required")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((rule(), REQUIRED), "PASS", "The 1 requested outbound rules"),
        ((rule("Features"),), "PASS", "as they should be"),
        ((REQUIRED,), "FAIL", "have drifted: outbound rule features"),
        ((rule(destination={"fqdn": "example.org"}),), "FAIL", "have drifted: outbound rule features"),
        ((rule(), rule("extra")), "FAIL", "have drifted: outbound rule extra"),
    ],
)
def test_judge(seen: tuple[OutboundRule, ...], status: Status, words: str) -> None:
    """Missing, different and additional rules of users' are drift; Azure's own are not."""
    assert_judged(CHECK, seen, status, words, SUBJECT)


def test_nothing_is_judged_when_nothing_was_asked_for() -> None:
    """Without a spec there is no drift."""
    bare = Subject(target=TARGET, now=NOW)
    assert "No workspace spec" in CHECK.applies(bare)
    assert not CHECK.applies(SUBJECT)
    assert_judged(CHECK, (rule(),), "SKIP", "No workspace spec", bare)
