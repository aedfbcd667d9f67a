"""What an upload takes along is judged before anything is created."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.clients.control_plane.files.uploaded_files import check_folder, secret_warnings
from tasks.domain.common.errors import InvalidSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A code folder with a script, in a project."""
    made = tmp_path / "project" / "code"
    made.mkdir(parents=True)
    (made / "score.py").write_text("def run(data): return data\n")
    return made


@pytest.mark.parametrize(
    "name", [".env", ".env.prod", "tls/server.pem", "id_rsa", "keys/id_ed25519", ".netrc", "client.pfx", "x.tfstate"]
)
def test_a_file_that_looks_secret_is_named(folder: Path, name: str) -> None:
    """It goes to a storage account that others can read, so somebody should know."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("DB_PASSWORD=hunter2")
    (warning,) = secret_warnings([folder])
    assert str(folder / name) in warning
    assert ".amlignore" in warning
    assert "hunter2" not in warning


def test_a_git_folder_is_named_once(folder: Path) -> None:
    """Its config may hold a token; its thousands of files are not listed."""
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "config").write_text("url = https://token@host")
    (folder / ".git" / "objects" / "server.pem").write_text("x")
    (warning,) = secret_warnings([folder])
    assert f": {folder / '.git'}. Move" in warning


def test_what_is_ignored_or_an_example_is_not_named(folder: Path) -> None:
    """An excluded file is not uploaded; an example has no secret."""
    (folder / ".amlignore").write_text(".env\n.git\n")
    (folder / ".git").mkdir()
    for name in (".env", ".env.example", "key.py", "environment.yml"):
        (folder / name).write_text("x")
    assert secret_warnings([folder]) == ()


def test_secrets_behind_a_link_are_named(folder: Path) -> None:
    """The upload follows links to the project's shared code."""
    shared = folder.parent / "shared"
    shared.mkdir()
    (shared / ".env").write_text("x")
    (shared / "back").symlink_to("../code")
    (folder / "shared").symlink_to("../shared")
    check_folder(folder.parent, folder)
    (warning,) = secret_warnings([folder])
    assert str(folder / "shared" / ".env") in warning


def test_a_link_that_leaves_from_behind_a_link(folder: Path, tmp_path: Path) -> None:
    """Shared code may not lead out either."""
    (tmp_path / "secret").write_text("x")
    shared = folder.parent / "shared"
    shared.mkdir()
    (shared / "passwd").symlink_to(tmp_path / "secret")
    (folder / "shared").symlink_to("../shared")
    with pytest.raises(InvalidSpec, match=r"passwd is a symbolic link to .*secret, which is outside the folder"):
        check_folder(folder.parent, folder)


def test_a_folder_that_is_itself_a_link_out(folder: Path, tmp_path: Path) -> None:
    """The link counts, not only those behind it."""
    (tmp_path / "elsewhere").mkdir()
    (folder.parent / "code2").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidSpec, match=r"code2 is a symbolic link to .*elsewhere, which is outside the folder"):
        check_folder(folder.parent, folder.parent / "code2")


def test_the_disk_and_a_home_directory_are_not_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by name, nor as the folder of a link's targets."""
    home = tmp_path / "somebody"
    (home / ".ssh").mkdir(parents=True)
    (home / "code").mkdir()
    (home / "code" / "keys").symlink_to("../.ssh")
    monkeypatch.setenv("HOME", str(home))
    for wide in (Path("/"), Path("/home"), home, home / "code" / "..", tmp_path):
        with pytest.raises(InvalidSpec, match="the root of a disk or a home directory"):
            check_folder(home / "code", wide)
    with pytest.raises(InvalidSpec, match=r"keys is a symbolic link to \.\./\.ssh, which is outside"):
        check_folder(home, home / "code")
