"""The software bill of materials of an environment, in CycloneDX 1.6."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deployments.release.packages import PROJECT, Package


def sbom(packages: Iterable[Package]) -> dict[str, Any]:
    """Return the document. It has no time and no serial number: the same packages make the same document."""
    components = {one.name: _component(one) for one in packages}
    own = components.pop(PROJECT, None)
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": list(components.values())}
    return {**document, "metadata": {"component": {**own, "type": "application"}}} if own else document


def _component(package: Package) -> dict[str, Any]:
    address = f"pkg:pypi/{package.name}@{package.version}"
    licence = {"expression": package.license} if package.is_expression else {"license": {"name": package.license}}
    return {
        "type": "library",
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "purl": address,
        "licenses": [licence],
    }
