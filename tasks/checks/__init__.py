"""The checks: one module each, and ALL_CHECKS, made from an explicit list in alphabetical order."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from tasks.checks.engine.check import AnyCheck

# A check's one line outside its own module.
MODULES: Final = (
    "dns.caller_is_inside_the_network",
    "dns.private_zone_has_inference_record",
    "dns.private_zone_is_linked",
    "dns.resolvers_agree_with_azure_dns",
    "dns.scoring_host_resolves_privately",
    "dns.scoring_host_resolves_to_private_endpoint",
    "endpoint.endpoint_is_provisioned",
    "endpoint.online_deployments_are_provisioned",
    "endpoint.traffic_goes_to_healthy_deployments",
    "kubernetes.inference_router_answers",
    "kubernetes.kubernetes_certificate_is_valid",
    "kubernetes.kubernetes_host_is_configured",
    "logs.containers_log_no_exception",
    "logs.instances_keep_running",
    "logs.latency_p95_is_within_limit",
    "logs.requests_rarely_fail",
    "network.deployments_can_reach_registry",
    "network.managed_network_is_on",
    "network.managed_network_is_provisioned",
    "network.outbound_rules_are_active",
    "network.outbound_rules_are_as_asked",
    "network.private_endpoint_carries_scoring",
    "network.registry_egress_connections_are_approved",
    "network.storage_egress_connections_are_approved",
    "network.workspace_has_approved_private_endpoint",
    "scoring.caller_may_score",
    "scoring.key_auth_is_possible",
    "scoring.latency_is_within_limit",
    "scoring.model_answers",
    "scoring.outside_callers_are_refused",
    "scoring.platform_carries_the_call",
    "scoring.scoring_certificate_is_valid",
    "scoring.scoring_host_takes_connections",
    "workspace.azure_diagnosis_finds_nothing",
    "workspace.dependencies_share_subscription_and_tenant",
    "workspace.image_build_compute_exists",
    "workspace.key_vault_lets_azure_services_by",
    "workspace.registry_is_premium",
    "workspace.v1_legacy_mode_is_off",
    "workspace.workspace_is_provisioned",
)

ALL_CHECKS: Final[tuple[AnyCheck, ...]] = tuple(import_module(f"tasks.checks.{name}").CHECK for name in MODULES)
