"""The files that an upload of a folder takes along: no link may leave, and what looks secret is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from tasks.domain.common import errors

_SECRET_FOLDERS: Final = frozenset({".git", ".ssh", ".aws", ".azure", ".kube", ".docker", ".gnupg", ".prefect"})
_SECRET_FILES: Final = (
    *(".env", ".env.*", "*.env", ".netrc", ".pypirc", ".npmrc", ".git-credentials", ".databrickscfg", ".htpasswd"),
    *("*.pem", "*.key", "*.pfx", "*.p12", "*.jks", "*.keystore", "*.ppk", "*.kdbx"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.tfstate", "*.tfvars", "*.publishsettings"),
    *("credentials", "credentials.json", "service[-_]account*.json", "secrets.json", "secrets.y*ml", "secrets.toml"),
)
_EXAMPLES: Final = ("*.example", "*.sample", "*.template", "*.dist")
_MOST_NAMES: Final = 10


def check_folder(home: Path, folder: Path) -> None:
    """Check a file or folder before its upload; files that .amlignore or .gitignore excludes are not uploaded.

    Args:
        home: The folder of the definition that names it: links may lead to files in there.

    Raises:
        InvalidSpec: For the root of the disk or a home directory, and for a link that leaves, is broken or circular.
    """
    if folder.is_dir() and _is_too_wide(folder):
        raise errors.InvalidSpec(
            f"{folder} is {folder.resolve()}: the root of a disk or a home directory, with everything in it",
            "Move the files that the deployment needs into a folder of their own, and name that one.",
        )
    homes = (folder,) if _is_too_wide(home) else (home, folder)
    if folder.is_symlink():
        _check_link(folder, homes[:1] if homes[0] is home else (folder.parent,))
    for path in uploaded(folder):
        if path.is_symlink():
            _check_link(path, homes)


def secret_warnings(folders: list[Path]) -> tuple[str, ...]:
    """Name the files that look like secrets and would be uploaded."""
    found = [str(path) for folder in folders for path in uploaded(folder) if _looks_secret(folder, path)]
    if not found:
        return ()
    more = f" and {len(found) - _MOST_NAMES} more" if len(found) > _MOST_NAMES else ""
    names = ", ".join(found[:_MOST_NAMES]) + more
    return (f"These files look like secrets and would be uploaded: {names}. Move them, or list them in .amlignore.",)


def uploaded(folder: Path) -> Iterator[Path]:
    """Yield the files and folders that an upload takes along, in order: links are followed, as the SDK does.

    A folder that is named like a secret, such as .git, is yielded without its files.
    """
    if not folder.is_dir():
        yield folder
        return
    from azure.ai.ml._utils._asset_utils import get_ignore_file  # noqa: PLC0415  # takes seconds, see Sdk

    ignored, seen = get_ignore_file(folder), set[Path]()
    for place, inner, names in os.walk(folder, followlinks=True):
        real = Path(place).resolve()
        if real in seen:  # a circle of links
            inner.clear()
            continue
        seen.add(real)
        inner.sort()
        kept = [name for name in (*inner, *sorted(names)) if not ignored.is_file_excluded(Path(place, name))]
        inner[:] = [name for name in inner if name in kept and name not in _SECRET_FOLDERS]
        yield from (Path(place, name) for name in kept)


def _is_too_wide(folder: Path) -> bool:
    real, own = folder.resolve(), Path.home().resolve()
    homes = {"/home", "/Users", "C:\\Users"}
    return own.is_relative_to(real) or not homes.isdisjoint((str(real), str(real.parent)))


def _looks_secret(folder: Path, path: Path) -> bool:
    name = path.name.lower()
    if path.is_dir() and path != folder:
        return name in _SECRET_FOLDERS
    is_example = any(fnmatchcase(name, one) for one in _EXAMPLES)
    return not is_example and any(fnmatchcase(name, one) for one in _SECRET_FILES)


def _check_link(link: Path, homes: tuple[Path, ...]) -> None:
    leads = f"{link} is a symbolic link to {link.readlink()}"
    if not link.exists():
        raise errors.InvalidSpec(
            f"{leads}, which does not exist", "Restore the file, remove the link, or exclude it in .amlignore."
        )
    target = link.resolve()
    if link.parent.resolve().is_relative_to(target):
        raise errors.InvalidSpec(f"{leads}, a folder that contains it", "Remove the link, or exclude it in .amlignore.")
    if not any(target.is_relative_to(home.resolve()) for home in homes):
        raise errors.InvalidSpec(
            f"{leads}, which is outside the folder {homes[0]}",
            "Copy the file into the folder instead, or exclude the link in .amlignore.",
        )
