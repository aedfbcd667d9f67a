"""The production image's Dockerfile, and what of the project's folder gets to the daemon that builds it."""

from __future__ import annotations

import fnmatch
import re
import subprocess
import tomllib

import pytest
from packaging.specifiers import SpecifierSet
from support.paths import ROOT

ANYWHERE = ("", "flows/", "deployments/cluster/")
SECRET = (
    ".git/config",
    ".env",
    ".local/env",
    ".venv/bin/python",
    "deployments/.env",
    "deployments/settings.env",
    "deployments/cluster/server-secrets.env",
)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its arguments on one line."""
    text = (ROOT / "deployments" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, `FROM` first."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern of .dockerignore matches a path or a folder above it."""
    places = path.split("/")
    above = ["/".join(places[: end + 1]) for end in range(len(places))]
    anywhere = pattern.removeprefix("**/")
    regular = fnmatch.translate(anywhere).replace(".*", "[^/]*")
    return any(re.match(f"(?:.*/)?{regular}" if anywhere != pattern else regular, one) for one in above)


def is_left_out(path: str) -> bool:
    """Whether .dockerignore keeps a file from the daemon: the last line that matches decides."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    deciding = [one for one in patterns if matches(one.removeprefix("!"), path)]
    return bool(deciding) and not deciding[-1].startswith("!")


def ignored_by_git() -> list[str]:
    """A file for each pattern of .gitignore, in every folder that the pattern is about."""
    found = []
    for pattern in (ROOT / ".gitignore").read_text().splitlines():
        name = pattern.rstrip("/").replace("*", "some")
        file = f"{name}/file" if pattern.endswith("/") else name
        found += [file] if "/" in pattern.rstrip("/") else [folder + file for folder in ANYWHERE]
    return found


def test_what_git_ignores_stays_out_of_the_image() -> None:
    """Secrets, environments and caches: whatever isn't committed isn't sent to the daemon either."""
    paths = ignored_by_git()
    asked = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.stdout.splitlines() == paths
    assert [one for one in (*paths, *SECRET) if not is_left_out(one)] == []


@pytest.mark.parametrize("folder", ["flows", "tasks", "deployments"])
def test_all_of_the_production_code_is_in_the_image(folder: str) -> None:
    """What is committed gets there, but for the emulator, the cluster's files and pictures."""
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    left_out = {"/".join(one.split("/")[:2]) for one in listed.stdout.splitlines() if is_left_out(one)}
    elsewhere = {f"deployments/{one}" for one in ("cluster", "emulator", "pictures")}
    assert left_out == (elsewhere if folder == "deployments" else set())


def test_every_source_exists_and_is_sent() -> None:
    """`COPY` finds what it copies from the project's folder."""
    sources = [one for name, rest in stages()[0] if name == "COPY" for one in rest.split()[:-1]]
    assert {"flows", "tasks", "deployments", "requirements-production.lock"} <= set(sources)
    assert [one for one in sources if not (ROOT / one).exists() or is_left_out(one)] == []


def test_both_stages_have_one_python_that_the_project_runs_on() -> None:
    """The environment is made by the interpreter that it is run by."""
    images = [stage[0][1].split(" ")[0] for stage in stages()]
    version = re.fullmatch(r"python:(3\.\d+)-slim", images[0])
    assert images == images[:1] * 2
    assert version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version[1] in SpecifierSet(project["requires-python"])


def test_packages_come_from_the_lock_alone() -> None:
    """By their hashes; the project's own package brings none."""
    build, final = stages()
    installs = [one for name, rest in build if name == "RUN" for one in rest.split(" && ") if "install" in one]
    locked, own = installs
    assert locked.endswith("--no-deps --require-hashes --requirement requirements-production.lock")
    assert own.endswith("--no-deps --no-build-isolation --editable .")
    commands = " ".join(rest for name, rest in final if name == "RUN")
    assert re.search(r"\b(apt-get|pip install|gcc|make)\b", commands) is None
    assert "pip uninstall --yes" in commands


def test_the_container_is_not_root() -> None:
    """The last word on its user is a number that Kubernetes can tell from root's."""
    user = [rest for name, rest in stages()[-1] if name == "USER"][-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"useradd --uid {user.partition(':')[0]} " in " ".join(rest for _, rest in stages()[-1])
