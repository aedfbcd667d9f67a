"""Where packages come from, and the rules that are missing for it."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.common.errors import InvalidSpec
from tasks.domain.lifecycle.package_sources import check_package_sources, package_hosts

CONDA, DEFAULTS = "conda.anaconda.org", "repo.anaconda.com"
PYPI = ("pypi.org", "files.pythonhosted.org")


@pytest.mark.parametrize(
    ("conda", "hosts"),
    [
        ({}, ()),
        (None, ()),
        ({"dependencies": ["python=3.11"]}, (DEFAULTS,)),
        ({"channels": ["conda-forge", "defaults"], "dependencies": ["python"]}, (CONDA, DEFAULTS)),
        ({"channels": ["https://conda.example.com/own"], "dependencies": ["python"]}, ("conda.example.com",)),
        ({"channels": ["conda-forge"], "dependencies": ["pip", {"pip": ["numpy"]}]}, (CONDA, *PYPI)),
        ({"channels": ["conda-forge"], "dependencies": [{"pip": ["numpy"]}]}, PYPI),
        ({"dependencies": [{"pip": ["--index-url https://pip.example.com/simple", "numpy"]}]}, ("pip.example.com",)),
        (
            {"dependencies": [{"pip": ["--extra-index-url=https://pip.example.com/simple", "numpy"]}]},
            (*PYPI, "pip.example.com"),
        ),
    ],
)
def test_hosts_of_packages(conda: Any, hosts: tuple[str, ...]) -> None:
    """Channels count where there is a conda package, the public index where nothing replaces it."""
    assert package_hosts(conda) == hosts


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([], ["conda.anaconda.org", "pypi.org"]),
        (["*.anaconda.org"], ["pypi.org"]),
        (["anaconda.org", "*.pypi.org"], ["conda.anaconda.org", "pypi.org"]),
        (["CONDA.anaconda.org", "pypi.org"], []),
    ],
)
def test_the_rules_that_are_missing(allowed: list[str], missing: list[str]) -> None:
    """A wildcard covers no root name; the refusal has each rule in the form of the field."""
    hosts = ("conda.anaconda.org", "pypi.org")
    if not missing:
        check_package_sources("conda.yml", hosts, allowed)
        return
    with pytest.raises(InvalidSpec, match=f"packages from {', '.join(missing)}") as told:
        check_package_sources("conda.yml", hosts, allowed)
    for host in missing:
        assert f'"destination": "{host}"' in told.value.hint
