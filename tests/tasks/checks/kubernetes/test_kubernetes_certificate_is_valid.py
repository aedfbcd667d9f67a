"""The certificate of a Kubernetes endpoint."""

from __future__ import annotations

from support.check_facts import assert_judged, certificate, kubernetes_endpoint, subject_of

from tasks.checks.kubernetes.kubernetes_certificate_is_valid import CHECK

SUBJECT = subject_of(kubernetes_endpoint())


def test_judge() -> None:
    """Days left are told; the rules are those of every certificate."""
    good = ("models.example.org",)
    assert_judged(CHECK, certificate(90, good), "PASS", "valid for 90 more days", SUBJECT)
    assert_judged(CHECK, certificate(3, good), "WARN", "expires in 3 days", SUBJECT)
    assert_judged(CHECK, certificate(-2, good), "FAIL", "expired 2 days ago", SUBJECT)


def test_http_endpoints_have_no_certificate() -> None:
    """An endpoint without TLS is skipped, with the reason."""
    assert not CHECK.applies(SUBJECT)
    assert "over HTTP" in CHECK.applies(subject_of(kubernetes_endpoint("http://20.1.2.3/score")))
    assert "managed" in CHECK.applies(subject_of())
