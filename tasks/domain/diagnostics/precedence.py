"""What explains what: the rules by which one root cause is named among many findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Rule:
    """When ``cause`` is wrong, the ``effects`` are expected and need no cause of their own.

    Only what follows directly: the effects of an effect are found by its own rule.
    """

    cause: str
    effects: tuple[str, ...]
    because: str


_CALLS: Final = ("SCORE-CALL-001", "SCORE-CALL-002", "SCORE-CALL-003", "SCORE-CALL-004")
_NOT_REACHED: Final = ("SCORE-CALL-001", "SCORE-CALL-002", "SCORE-TLS-001")
_SYMPTOMS_OF_DNS: Final = ("SCORE-DNS-001", "SCORE-DNS-002", *_NOT_REACHED)

# The order is the order of precedence: of two causes that are equally grave, the first one here is named.
RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "SCORE-WS-001",
        ("SCORE-END-001", "SCORE-DEP-001", "SCORE-KV-002"),
        "With v1 legacy mode on, Azure refuses every operation on endpoints.",
    ),
    Rule(
        "SCORE-WS-002",
        ("SCORE-NET-002", "SCORE-NET-003", "SCORE-END-001", "SCORE-DEP-001"),
        "Everything else stands on the workspace.",
    ),
    Rule(
        "SCORE-WS-003",
        ("SCORE-NET-003", "SCORE-END-001", "SCORE-DEP-001", "SCORE-KV-002", "SCORE-WS-004"),
        "Under isolation, storage, vault and registry are reached only in the workspace's own subscription and tenant.",
    ),
    Rule(
        "SCORE-NET-002",
        ("SCORE-NET-003", "SCORE-DEP-001"),
        "Azure refuses online deployments until the managed network is provisioned.",
    ),
    Rule(
        "SCORE-NET-003",
        ("SCORE-DEP-001", "SCORE-CALL-004"),
        "A deployment that can't reach what it needs fails to start, or its model fails when called.",
    ),
    Rule(
        "SCORE-REG-001",
        ("SCORE-EGR-002", "SCORE-DEP-001"),
        "Only a Premium registry has private endpoints, so no image can be pulled from another one.",
    ),
    Rule(
        "SCORE-REG-002",
        ("SCORE-DEP-001",),
        "Azure's own build agents can't push into a private registry.",
    ),
    Rule(
        "SCORE-EGR-001",
        ("SCORE-DEP-001", "SCORE-NET-001"),
        "A deployment that goes out publicly can't pull its image from a private registry, and isn't isolated.",
    ),
    Rule(
        "SCORE-EGR-002",
        ("SCORE-DEP-001",),
        "A private endpoint carries nothing before its connection is approved: the image can't be pulled.",
    ),
    Rule(
        "SCORE-EGR-003",
        ("SCORE-DEP-001",),
        "A private endpoint carries nothing before its connection is approved: model and code can't be fetched.",
    ),
    Rule(
        "SCORE-KV-001",
        ("SCORE-KV-002", "SCORE-END-001", "SCORE-CALL-002"),
        "Azure ML keeps an endpoint's keys in the vault, so key authentication fails when the vault shuts it out.",
    ),
    Rule(
        "SCORE-PE-001",
        ("SCORE-PE-002", "SCORE-DNS-003", "SCORE-DNS-004", "SCORE-DNS-006", *_SYMPTOMS_OF_DNS),
        "Without an approved private endpoint there is no private way in, nor any record of one.",
    ),
    Rule(
        "SCORE-PE-002",
        ("SCORE-DNS-003", "SCORE-DNS-006", *_SYMPTOMS_OF_DNS),
        "A private endpoint made before 24 May 2022 has no address for scoring hosts.",
    ),
    Rule(
        "SCORE-DNS-003",
        ("SCORE-DNS-005", "SCORE-DNS-006", *_SYMPTOMS_OF_DNS),
        "Without the record, every resolver sends callers to the public address, or nowhere.",
    ),
    Rule(
        "SCORE-DNS-004",
        ("SCORE-DNS-005", "SCORE-DNS-006", *_SYMPTOMS_OF_DNS),
        "A network doesn't see a zone that isn't linked to it.",
    ),
    Rule(
        "SCORE-DNS-006",
        ("SCORE-DNS-005", *_SYMPTOMS_OF_DNS),
        "From outside the network the private zone is not seen, and the private address not reached.",
    ),
    Rule(
        "SCORE-DNS-005",
        _SYMPTOMS_OF_DNS,
        "A DNS server that doesn't forward to Azure's never sees the private zone.",
    ),
    Rule(
        "SCORE-DNS-001",
        ("SCORE-DNS-002", *_NOT_REACHED),
        "Without a private address the caller can't reach the endpoint.",
    ),
    Rule("SCORE-DNS-002", _NOT_REACHED, "Another address than the private endpoint's leads elsewhere."),
    Rule(
        "SCORE-K8S-001",
        ("SCORE-K8S-002", "SCORE-K8S-003", "SCORE-CALL-001"),
        "Callers ask for a name that the cluster doesn't serve.",
    ),
    Rule("SCORE-K8S-003", ("SCORE-K8S-002", "SCORE-CALL-001"), "A bad certificate ends every HTTPS call."),
    Rule(
        "SCORE-K8S-002",
        ("SCORE-DEP-001", *_CALLS),
        "Every call to a Kubernetes endpoint goes through azureml-fe.",
    ),
    Rule("SCORE-TLS-001", ("SCORE-CALL-001",), "A bad certificate ends every HTTPS call."),
    Rule(
        "SCORE-LOG-001",
        ("SCORE-DEP-001", "SCORE-CALL-004", "SCORE-LOG-002", "SCORE-LOG-004"),
        "A scoring script that fails in init() fails the deployment, and one that fails in run() fails the calls.",
    ),
    Rule(
        "SCORE-END-001",
        ("SCORE-DEP-001", "SCORE-KV-002", "SCORE-TRF-001", *_CALLS),
        "Nothing works under an endpoint that was not provisioned.",
    ),
    Rule("SCORE-KV-002", ("SCORE-CALL-002",), "Without keys nobody can call an endpoint with key authentication."),
    Rule(
        "SCORE-DEP-001",
        ("SCORE-TRF-001", "SCORE-CALL-003", "SCORE-CALL-004", "SCORE-LOG-002", "SCORE-LOG-004"),
        "Traffic to a deployment that failed is answered with 404 or 5xx.",
    ),
    Rule("SCORE-TRF-001", ("SCORE-CALL-003", "SCORE-LOG-002"), "Without traffic to a deployment, calls get 404."),
    Rule(
        "SCORE-LOG-004", ("SCORE-CALL-003", "SCORE-CALL-004", "SCORE-LOG-002"), "While an instance restarts, it fails."
    ),
    Rule("SCORE-CALL-001", (), "The host took no connection."),
    Rule("SCORE-CALL-002", ("SCORE-LOG-002",), "Calls that are refused count as errors."),
    Rule("SCORE-CALL-003", ("SCORE-LOG-002",), "Calls that the platform fails count as errors."),
    Rule("SCORE-CALL-004", ("SCORE-LOG-002",), "Calls that the model fails count as errors."),
    Rule("SCORE-ISO-001", (), "The endpoint can be reached from the internet."),
    Rule("SCORE-CALL-005", ("SCORE-LOG-003",), "One slow call and many slow calls are the same trouble."),
    Rule("SCORE-LOG-002", (), "Requests fail."),
    Rule("SCORE-LOG-003", (), "Requests are slow."),
    Rule("SCORE-NET-004", (), "The outbound rules have drifted."),
    Rule("SCORE-NET-001", (), "Outbound traffic is not isolated."),
    # Last: Azure's own diagnosis names in other words what the checks above find.
    Rule("SCORE-WS-004", (), "Azure's diagnosis found something that no other check did."),
)

_EFFECTS: Final = {rule.cause: rule.effects for rule in RULES}
_RANKS: Final = {rule.cause: at for at, rule in enumerate(RULES)}


def explained_by(causes: Iterable[str], wrong: Collection[str]) -> frozenset[str]:
    """Those of the wrong codes that follow from any of the causes, over any number of steps that are wrong too.

    A missing network explains a failed deployment, which explains a 404; while the deployments are well, the network
    doesn't explain the 404.
    """
    found: set[str] = set()
    ahead = [effect for cause in causes for effect in _EFFECTS.get(cause, ())]
    while ahead:
        code = ahead.pop()
        if code in wrong and code not in found:
            found.add(code)
            ahead += _EFFECTS.get(code, ())
    return frozenset(found)


def rank(code: str) -> int:
    """The place in the order of precedence; a code without a rule comes last."""
    return _RANKS.get(code, len(_RANKS))
