"""The locks: as pyproject.toml says, and of one mind."""

from __future__ import annotations

import itertools
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from support.paths import ROOT

LOCKED = re.compile(r"^(\S+)==(\S+?)(?: ; (.+?))? \\$", re.MULTILINE)
EVERYTHING, PRODUCTION = "requirements.lock", "requirements-production.lock"
IN_PRODUCTION = ("cluster", "workers")
BROUGHT = {"psutil", "setuptools"}  # by azure-ai-ml and by prefect-azure

project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> set[tuple[str, str, str]]:
    """Each package with its version and the marker that it is for."""
    return {(package, version, marker) for package, version, marker in LOCKED.findall((ROOT / name).read_text())}


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    chosen = [project["dependencies"], *(project["optional-dependencies"][one] for one in extras)]
    return [Requirement(one) for one in itertools.chain.from_iterable(chosen)]


@pytest.mark.parametrize(
    ("name", "extras"), [(EVERYTHING, tuple(project["optional-dependencies"])), (PRODUCTION, IN_PRODUCTION)]
)
def test_a_lock_is_as_declared(name: str, extras: tuple[str, ...]) -> None:
    """After a change of pyproject.toml, `make lock` was run."""
    versions = {(package, Version(version)) for package, version, _ in locked(name)}
    for one in declared(*extras):
        found = [version for package, version in versions if package == canonicalize_name(one.name)]
        assert found, f"{one.name} is missing in {name}"
        assert all(version in one.specifier for version in found), f"{name} has {found}, not {one}"


def test_production_runs_what_the_tests_ran_with() -> None:
    """Each of the image's packages has the version of the lock that the tests run with."""
    assert locked(PRODUCTION) <= locked(EVERYTHING)


def test_production_has_no_tools_and_no_emulator() -> None:
    """Nothing that only development or the emulator asks for is in the image."""
    needed = {canonicalize_name(one.name) for one in declared(*IN_PRODUCTION)} | BROUGHT
    others = {canonicalize_name(one.name) for one in declared("dev", "emulator")} - needed
    assert others & {package for package, _, _ in locked(PRODUCTION)} == set()
