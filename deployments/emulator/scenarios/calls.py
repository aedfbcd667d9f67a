"""States of a scoring call on its way: connection, certificate, rights, the platform, isolation."""

from __future__ import annotations

from deployments.emulator.scenarios.changes import (
    INTERNET,
    endpoints,
    endpoints_meet,
    scoring_hosts_show,
    scoring_meets,
    sets,
)
from deployments.emulator.scenarios.scenario import Change, Diagnosis, Scenario

DENIED = "Microsoft Entra Token denied by policy, please review your permissions."

SCENARIOS = (
    Scenario(
        "scoring_host_silent",
        "The scoring host accepts connections, and never answers.",
        Diagnosis("unhealthy", "SCORE-CALL-001", "Allow TCP 443 to the private endpoint"),
        (scoring_meets(action="hang"),),
    ),
    Scenario(
        "connection_reset",
        "Something between the caller and the scoring host ends every connection.",
        Diagnosis("unhealthy", "SCORE-CALL-001", "network security groups, firewalls, routes"),
        (scoring_meets(action="reset"),),
    ),
    Scenario(
        "certificate_expired",
        "The scoring host's certificate has expired.",
        Diagnosis("unhealthy", "SCORE-TLS-001", "TLS inspection"),
        (scoring_hosts_show("expired"),),
    ),
    Scenario(
        "certificate_of_other_host",
        "The scoring host shows the certificate of another host.",
        Diagnosis("unhealthy", "SCORE-TLS-001", "TLS inspection"),
        (scoring_hosts_show("other_host"),),
    ),
    Scenario(
        "tls_inspected",
        "A proxy intercepts the connection, and shows a certificate of its own.",
        Diagnosis("unhealthy", "SCORE-TLS-001", "REQUESTS_CA_BUNDLE"),
        (scoring_hosts_show("untrusted"),),
    ),
    Scenario(
        "certificate_ends_soon",
        "The scoring host's certificate expires in a few days.",
        Diagnosis("degraded", "SCORE-TLS-001", "Azure renews this certificate itself"),
        (scoring_hosts_show("ends_soon"),),
    ),
    Scenario(
        "caller_without_rights",
        "The caller's identity has no right to score.",
        Diagnosis("unhealthy", "SCORE-CALL-002", "onlineEndpoints/score/action"),
        (scoring_meets(action="fail", path="^/score", status=401, code="Unauthorized", message=DENIED),),
    ),
    Scenario(
        "keys_refused",
        "Azure doesn't hand out the endpoint's keys.",
        Diagnosis("unhealthy", "SCORE-KV-002", "aad_token"),
        (
            Change(endpoints, sets("properties.authMode", "Key")),
            endpoints_meet(
                "/listKeys",
                method="POST",
                action="fail",
                status=400,
                code="ForbiddenByFirewall",
                message="Client address is not authorized and caller is not a trusted service.",
            ),
        ),
    ),
    Scenario(
        "platform_fails",
        "Azure's front end answers every call with 500.",
        Diagnosis("unhealthy", "SCORE-CALL-003", "support ticket"),
        (
            scoring_meets(
                action="fail", path="^/score", status=500, code="InternalServerError", message="Internal server error."
            ),
        ),
    ),
    Scenario(
        "too_many_requests",
        "More requests are pending for the model than its limit allows.",
        Diagnosis("degraded", "SCORE-CALL-003", "instance_count"),
        (scoring_meets(action="fail", path="^/score", status=429, code="TooManyRequests", message=""),),
    ),
    Scenario(
        "isolation_leaks",
        "The endpoint's public access is off, but it still answers callers from the internet.",
        Diagnosis("unhealthy", "SCORE-ISO-001", "public_network_access=disabled"),
        (scoring_meets(action="move", vantage=INTERNET),),
    ),
    Scenario(
        "public_access_on",
        "The endpoint's public access was enabled.",
        Diagnosis("unhealthy", "SCORE-ISO-001", "public_network_access=disabled"),
        (Change(endpoints, sets("properties.publicNetworkAccess", "Enabled")),),
        expects={"public_network_access": "disabled"},
        cure="PATCH endpoint",
    ),
)
