"""Where the names come from that the command line leaves out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from deployments.diagnose.place import completed, surroundings

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where somebody is signed in with az, and set defaults with `az configure`."""
    folder = tmp_path / "home" / ".azure"
    folder.mkdir(parents=True)
    (folder / "config").write_text("[cloud]\nname = AzureUSGovernment\n[defaults]\ngroup = of-az\nworkspace = az-ws\n")
    known = [{"id": TWO, "isDefault": False}, {"id": ONE, "isDefault": True, "environmentName": "AzureUSGovernment"}]
    (folder / "azureProfile.json").write_text(json.dumps({"subscriptions": known}), encoding="utf-8-sig")
    return folder.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder below one with .azureml/config.json."""
    folder = tmp_path / "project" / "src"
    folder.mkdir(parents=True)
    write_config(folder.parent, subscription_id=ONE, resource_group="of-file", workspace_name="file-ws")
    return folder


def write_config(folder: Path, **names: str) -> None:
    (folder / ".azureml").mkdir(exist_ok=True)
    (folder / ".azureml" / "config.json").write_text(json.dumps(names))


def found(
    folder: Path, home: Path, environment: Mapping[str, str] | None = None, **given: str
) -> tuple[dict[str, str], str]:
    names, origin = completed(given, surroundings(environment or {}, folder, home))
    return dict(names), origin


def test_the_az_cli_comes_last(tmp_path: Path, home: Path) -> None:
    """Its current subscription with the cloud, and its defaults; azureProfile.json may begin with a byte order mark."""
    names, origin = found(tmp_path, home)
    assert names == {"subscription": ONE, "cloud": "usgovernment", "group": "of-az", "workspace": "az-ws"}
    assert origin == "subscription, group and workspace from the az CLI"


def test_the_az_cli_may_keep_its_files_elsewhere(tmp_path: Path, home: Path) -> None:
    """AZURE_CONFIG_DIR says where, as it does for az."""
    names, _ = found(tmp_path, tmp_path, {"AZURE_CONFIG_DIR": str(home / ".azure")})
    assert names["group"] == "of-az"


def test_the_file_of_a_project_comes_before_the_az_cli(project: Path, home: Path) -> None:
    """It is looked for upwards; the nearest counts."""
    names, origin = found(project, home)
    assert (names["group"], names["workspace"]) == ("of-file", "file-ws")
    assert origin == f"subscription, group and workspace from {project.parent / '.azureml' / 'config.json'}"
    write_config(project, subscription_id=ONE, resource_group="nearer")
    assert found(project, home)[0]["group"] == "nearer"


def test_the_environment_comes_before_the_file(project: Path, home: Path) -> None:
    """The team's settings, which deployments read, too."""
    team = {
        "ENDPOINT_OPS_SUBSCRIPTION_ID": ONE,
        "ENDPOINT_OPS_RESOURCE_GROUP": "of-team",
        "ENDPOINT_OPS_WORKSPACE": "t",
    }
    names, origin = found(project, home, team)
    assert (names["group"], names["workspace"], origin) == (
        "of-team",
        "t",
        "subscription, group and workspace from ENDPOINT_OPS_*",
    )


def test_the_command_line_comes_first(project: Path, home: Path) -> None:
    """What it leaves open is filled in around it."""
    names, origin = found(project, home, {"AZURE_SUBSCRIPTION_ID": TWO}, subscription=ONE, workspace="mine")
    assert (names["subscription"], names["group"], names["workspace"]) == (ONE, "of-file", "mine")
    assert origin.startswith("subscription and workspace from the command line; group from ")


def test_names_of_another_subscription_or_group_are_not_mixed_in(project: Path, home: Path) -> None:
    """On the emulator nobody is sent to the group that az is used with otherwise."""
    names, origin = found(project, home, {"AZURE_SUBSCRIPTION_ID": TWO})
    assert (names, origin) == ({"subscription": TWO}, "subscription from AZURE_SUBSCRIPTION_ID")
    names, _ = found(project, home, group="mine")
    assert "workspace" not in names


def test_nothing_names_nothing(tmp_path: Path) -> None:
    """A machine without az and without a project."""
    assert found(tmp_path, tmp_path) == ({}, "")


@pytest.mark.parametrize(("file", "text"), [("config", "group = x"), ("azureProfile.json", "{")])
def test_a_file_that_is_not_valid_is_named(tmp_path: Path, home: Path, file: str, text: str) -> None:
    """With what to do, and without a traceback."""
    (home / ".azure" / file).write_text(text)
    with pytest.raises(ValueError, match=rf"{file} is not valid.*[Cc]orrect"):
        found(tmp_path, home)
