"""What has to hold for every check: registered, unique, described, documented, tested, honest about its inputs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, cast

import pytest
from support.check_facts import FACTS, TARGET, endpoint, kubernetes_endpoint, subject_of
from support.check_pages import pages
from support.paths import ROOT

import tasks.checks
from tasks.checks import ALL_CHECKS, MODULES
from tasks.checks.engine import endpoint_facts, workspace_facts
from tasks.checks.engine.check import AnyCheck
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.precedence import explained_by

FOLDER = Path(tasks.checks.__file__).parent

# Codes that reports may contain, with their checks. A line never changes; a removed check leaves its line with the name
# None, so that its code is never used again. A new check needs no line.
CODES: dict[str, str | None] = {
    "SCORE-CALL-001": "scoring_host_takes_connections",
    "SCORE-CALL-002": "caller_may_score",
    "SCORE-CALL-003": "platform_carries_the_call",
    "SCORE-CALL-004": "model_answers",
    "SCORE-CALL-005": "latency_is_within_limit",
    "SCORE-DEP-001": "online_deployments_are_provisioned",
    "SCORE-DNS-001": "scoring_host_resolves_privately",
    "SCORE-DNS-002": "scoring_host_resolves_to_private_endpoint",
    "SCORE-DNS-003": "private_zone_has_inference_record",
    "SCORE-DNS-004": "private_zone_is_linked",
    "SCORE-DNS-005": "resolvers_agree_with_azure_dns",
    "SCORE-DNS-006": "caller_is_inside_the_network",
    "SCORE-EGR-001": "deployments_can_reach_registry",
    "SCORE-EGR-002": "registry_egress_connections_are_approved",
    "SCORE-EGR-003": "storage_egress_connections_are_approved",
    "SCORE-END-001": "endpoint_is_provisioned",
    "SCORE-ISO-001": "outside_callers_are_refused",
    "SCORE-K8S-001": "kubernetes_host_is_configured",
    "SCORE-K8S-002": "inference_router_answers",
    "SCORE-K8S-003": "kubernetes_certificate_is_valid",
    "SCORE-KV-001": "key_vault_lets_azure_services_by",
    "SCORE-KV-002": "key_auth_is_possible",
    "SCORE-LOG-001": "containers_log_no_exception",
    "SCORE-LOG-002": "requests_rarely_fail",
    "SCORE-LOG-003": "latency_p95_is_within_limit",
    "SCORE-LOG-004": "instances_keep_running",
    "SCORE-NET-001": "managed_network_is_on",
    "SCORE-NET-002": "managed_network_is_provisioned",
    "SCORE-NET-003": "outbound_rules_are_active",
    "SCORE-NET-004": "outbound_rules_are_as_asked",
    "SCORE-PE-001": "workspace_has_approved_private_endpoint",
    "SCORE-PE-002": "private_endpoint_carries_scoring",
    "SCORE-REG-001": "registry_is_premium",
    "SCORE-REG-002": "image_build_compute_exists",
    "SCORE-TLS-001": "scoring_certificate_is_valid",
    "SCORE-TRF-001": "traffic_goes_to_healthy_deployments",
    "SCORE-WS-001": "v1_legacy_mode_is_off",
    "SCORE-WS-002": "workspace_is_provisioned",
    "SCORE-WS-003": "dependencies_share_subscription_and_tenant",
    "SCORE-WS-004": "azure_diagnosis_finds_nothing",
}


def module_of(check: AnyCheck) -> Path:
    """Return the file that the check is in."""
    return Path(inspect.getfile(check.judge))


each_check = pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.name)


def test_every_module_is_registered_in_alphabetical_order() -> None:
    """A module in a folder beside the engine is a check, and in ALL_CHECKS under its own name."""
    files = [file for file in FOLDER.glob("*/*.py") if file.stem != "__init__" and file.parent.name != "engine"]
    assert list(MODULES) == sorted(f"{file.parent.name}.{file.stem}" for file in files)
    assert [check.name for check in ALL_CHECKS] == [name.partition(".")[2] for name in MODULES]


def test_codes_are_unique_and_stand_for_one_check_for_ever() -> None:
    """A code in an old report means the same check today."""
    names = {check.code: check.name for check in ALL_CHECKS}
    assert {code: names.get(code) for code in CODES} == CODES
    assert len(names) == len(ALL_CHECKS)
    assert all(re.fullmatch(r"SCORE-[A-Z0-9]{2,4}-\d{3}", code) for code in names)


@each_check
def test_a_check_explains_others_and_never_itself(check: AnyCheck) -> None:
    """It names codes that exist and says why; no chain of explanations leads back to it."""
    explains = {one.code: one.explains for one in ALL_CHECKS}
    assert set(check.explains) <= explains.keys()
    assert check.code not in explained_by(check.explains, explains)
    assert bool(check.explains) == bool(check.because)
    assert not check.because or (check.because.endswith(".") and check.because[0].isupper())


@each_check
def test_a_check_says_what_is_true_when_all_is_well(check: AnyCheck) -> None:
    """The title is a plain sentence in the present, the name its short form, and neither complains."""
    words = check.title.lower().split()
    assert check.title[0].isupper() or check.title[0].isdigit()
    assert not check.title.endswith((".", "?", "!"))
    assert not {"not", "fails", "failed", "error", "missing", "broken", "wrong"} & set(words)
    verbs = {"is", "are", "has", "have", "lets", "can", "share", "finds", "carries", "resolves", "agree", "answers"}
    verbs |= {"takes", "take", "may", "goes", "rarely", "keep", "log", "exists", "exist", "return", "allows"}
    verbs |= {"contain", "match", "routes", "serves", "accepts"}
    assert verbs & set(words), check.title
    assert verbs & set(check.name.split("_")), check.name


@each_check
def test_a_check_names_its_remedy_and_its_documentation(check: AnyCheck) -> None:
    """The remedy holds a command or a setting, and every placeholder of it can be filled."""
    known = {name: name.upper() for name in ("subscription", "resource_group", "workspace", "endpoint", "flags")}
    remedy = check.remedy.format(**known)
    assert len(remedy) > 30
    assert re.search(r"\baz |kubectl |nslookup|REQUESTS_CA_BUNDLE|AmlOnlineEndpoint|forward |x-request-id", remedy)
    assert check.doc.startswith("https://learn.microsoft.com/azure/")


@each_check
def test_a_check_has_a_table_test(check: AnyCheck) -> None:
    """Each has a test module of its own, with rows for every status that it gives."""
    module = module_of(check)
    file = Path(__file__).parent / module.parent.relative_to(FOLDER) / f"test_{check.name}.py"
    assert file.is_file()
    text = file.read_text()
    assert "assert_judged" in text
    source = module.read_text()
    for word, status in (("passed(", "PASS"), ("failed(", "FAIL"), ("warned(", "WARN"), ("skipped(", "SKIP")):
        assert word not in source or f'"{status}"' in text, f"no row for {status}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_pages_are_what_the_checks_say(page: Path) -> None:
    """CHECKS.md and SCENARIOS.md are what `make pages` writes."""
    assert page.read_text() == pages()[page]


@each_check
def test_a_check_has_the_prose_of_its_section(check: AnyCheck) -> None:
    """The module's docstring says what it means, that of `judge` when it fails or warns."""
    assert inspect.getmodule(check.judge).__doc__
    assert re.match(r"(Fail|Warn) ", check.judge.__doc__ or "")


class RecordedWorkspace(WorkspaceFacts):
    """Facts with well values, and the names of those that were asked for."""

    def __init__(self, asked: set[str]) -> None:
        self.target = TARGET
        self.sources = cast("Any", None)  # nobody may get there
        self.asked = asked
        self._known = None

    async def once(self, name: str, read: Any) -> Any:
        self.asked.add(name)
        return FACTS[name]


class RecordedEndpoint(EndpointFacts):
    """The same for an endpoint."""

    async def once(self, name: str, read: Any) -> Any:
        return await self.workspace.once(name, read)


@each_check
async def test_a_check_declares_the_facts_that_it_reads(check: AnyCheck) -> None:
    """The declared inputs are what ``observe`` asks for, no more and no less."""
    asked: set[str] = set()
    workspace = RecordedWorkspace(asked)
    await check.observe(RecordedEndpoint(workspace, subject_of()) if check.scope == "endpoint" else workspace)
    assert asked == set(check.inputs)


def test_every_fact_is_used_by_a_check() -> None:
    """No fact is read for nothing; the list of endpoints is the diagnosis's own."""
    facts = {
        name
        for kind in (workspace_facts.WorkspaceFacts, endpoint_facts.EndpointFacts)
        for name, method in vars(kind).items()
        if hasattr(method, "__wrapped__")
    }
    assert facts == set(FACTS)
    assert facts - {"endpoints"} == {name for check in ALL_CHECKS for name in check.inputs}


def test_only_facts_read() -> None:
    """A check never reads from a client itself: then it would be read twice, and outside of the limits."""
    for check in ALL_CHECKS:
        text = module_of(check).read_text()
        imported = re.findall(r"^from tasks\.clients\.\S+ import (.+)$", text, flags=re.MULTILINE)
        pure = {"is_equal", "list_computes"}  # a comparison; and what only a remedy reads
        assert {name for names in imported for name in names.split(", ")} <= pure, check.name
        assert not re.search(r"httpx|asyncio\.to_thread|\btry:", text), check.name


def test_kubernetes_checks_leave_managed_endpoints_alone_and_the_other_way_round() -> None:
    """Every check that doesn't apply says why, before anything is read."""
    managed, cluster = subject_of(), subject_of(kubernetes_endpoint())
    for check in (one for one in ALL_CHECKS if one.scope == "endpoint"):
        reasons = check.applies(managed), check.applies(cluster)
        if "-K8S-" in check.code:
            assert reasons[0].endswith(".")
            assert not reasons[1]
        if re.search(r"-(DNS|PE|EGR|ISO|TLS)-|-NET-001", check.code):
            assert not reasons[0]
            assert reasons[1].endswith(".")


@pytest.mark.parametrize("cluster", ["", f"{TARGET.workspace_id}/computes/cluster"], ids=["managed", "cluster"])
def test_an_endpoint_without_a_scoring_address_is_not_called(cluster: str) -> None:
    """One that is being created, or never was, is not taken for one that doesn't resolve or connect."""
    nowhere = subject_of(endpoint(scoring_uri="", compute_id=cluster))
    for check in ALL_CHECKS:
        if check.scope == "endpoint" and {"call", "certificate", "system_answer", "router_https"} & set(check.inputs):
            assert check.applies(nowhere).endswith("."), check.code


def test_the_readme_tells_how_to_add_a_check_in_numbered_steps() -> None:
    """The steps stand beside the checks."""
    text = (ROOT / "tasks" / "checks" / "README.md").read_text()
    steps = re.search(r"## How to add a check\n(.*?)(?=\n## |\Z)", text, flags=re.DOTALL)
    assert steps
    assert [line[:2] for line in steps[1].splitlines() if re.match(r"\d\.", line)] == [f"{n}." for n in range(1, 6)]
