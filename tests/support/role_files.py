"""The files of the custom roles, made from the actions of each deployment: deployments/roles/*.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tasks.domain.azure.governance.roles import ROLES

FOLDER: Final = Path(__file__).resolve().parents[2] / "deployments" / "roles"


def role_files() -> dict[Path, str]:
    """Return every file with the text that it should have."""
    return {FOLDER / role.file: f"{json.dumps(role.document(), indent=2)}\n" for role in ROLES}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in role_files().items():
        file.write_text(text)
