"""`python -m deployments.release sbom FILE | licenses | audit PIP_AUDIT`: for make, and for the image's build."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from deployments.console import complain, say
from deployments.release.audit import audit
from deployments.release.packages import installed
from deployments.release.sbom import sbom


def main(arguments: list[str]) -> int:
    """Run one of the three; return the exit status. Of the audit: 0 clean, 1 vulnerabilities, 3 not audited."""
    match arguments:
        case ["sbom", file]:
            Path(file).write_text(json.dumps(sbom(installed()), indent=1) + "\n", encoding="utf-8")
        case ["licenses"]:
            say("\n".join(f"{one.name:<40} {one.version:<20} {one.license}" for one in installed()))
        case ["audit", program]:
            audited = audit(Path(program))
            say("\n".join(audited.lines))
            return audited.status
        case _:
            complain(str(__doc__))
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
