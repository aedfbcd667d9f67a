"""A custom DNS server must forward to Azure's (168.63.129.16), or it never resolves the private zone."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.resolving import observe_all
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, found: Resolution) -> Verdict:
    """Fail when the custom server or the caller's resolver does not return the private address of Azure's DNS."""
    azure, custom, system = (found.answer(one) for one in ("azure", "custom", "system"))
    if azure is None or not found.is_private(azure):
        return skipped("Azure's DNS does not return the private address here, so there is nothing to compare with.")
    if custom and not found.is_private(custom):
        return failed(
            f"The custom DNS server {custom.server} returns {custom.text}, while Azure's returns {azure.text}: its "
            "conditional forwarder is wrong or missing.",
            *found.table,
            remedy=_FORWARD.format(server=custom.server),
        )
    if system and not found.is_private(system):
        other = f"the custom DNS server {custom.server}" if custom else "Azure's DNS"
        return failed(
            f"The caller's own resolver returns {system.text}, while {other} returns the private address.",
            *found.table,
            remedy=f"Let the caller's machine use {other} for its DNS (the virtual network's DNS setting, then restart "
            "the machine), and remove entries in its hosts file.",
        )
    return passed("All DNS servers return the private address.", *found.table)


_FORWARD = (
    "On DNS server {server}, forward the public zones api.azureml.ms, notebooks.azure.net, instances.azureml.ms, "
    "aznbcontent.net and inference.ml.azure.com to 168.63.129.16, not the privatelink zones."
)

CHECK = Check(
    code="SCORE-DNS-005",
    title="The resolvers in use return the same private address as Azure's DNS",
    severity="major",
    scope="endpoint",
    inputs=("private_endpoints", "system_answer", "custom_answer", "azure_answer"),
    observe=observe_all,
    judge=judge,
    applies=to_private_hosts,
    remedy=_FORWARD.format(server="SERVER"),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-custom-dns",
    deep=True,
    explains=DNS_SYMPTOMS,
    because="A DNS server that does not forward to Azure's never resolves the private zone.",
)
