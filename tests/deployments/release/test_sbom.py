"""The software bill of materials, and its place in the image's build."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

from support.paths import ROOT

from deployments.release.__main__ import main
from deployments.release.packages import PROJECT


def test_it_names_every_package_with_version_and_licence(tmp_path: Path) -> None:
    """In CycloneDX's own words: the project itself, and each package by its package URL."""
    file = tmp_path / "sbom.cdx.json"
    assert main(["sbom", str(file)]) == 0
    document = json.loads(file.read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == PROJECT
    components = {one["name"]: one for one in document["components"]}
    assert components["prefect"]["purl"] == f"pkg:pypi/prefect@{version('prefect')}"
    assert components["prefect"]["licenses"]
    assert len({one["bom-ref"] for one in components.values()}) == len(components)


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    """So that two builds of the same lock can be compared."""
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        main(["sbom", str(file)])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_image_is_built_with_one() -> None:
    """Made by the image's own Python, after everything is installed, in the folder that the last stage copies."""
    build = (ROOT / "deployments" / "Dockerfile").read_text().partition("\nFROM python:3.12-slim\n")[0]
    assert re.search(r"RUN /opt/venv/bin/python -m deployments\.release sbom sbom\.cdx\.json", build)
    assert build.index("--editable") < build.index("deployments.release sbom")
