"""Local files are judged as the container and the upload see them, not as the worker does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.clients.control_plane.files.local_files import check_files, package_file, upload_warnings
from tasks.domain.common.errors import InvalidSpec

RUNS = "def init(): ...\ndef run(data): return data\n"


def document(script: str = "score.py", **environment: Any) -> dict[str, Any]:
    """A definition with a code folder."""
    return {
        "code_configuration": {"code": "code", "scoring_script": script},
        "environment": {"image": "example.azurecr.io/image:1", **environment},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A YAML file's path beside a code folder with a script."""
    (tmp_path / "project" / "code").mkdir(parents=True)
    (tmp_path / "project" / "code" / "score.py").write_text(RUNS)
    return tmp_path / "project" / "blue.yml"


@pytest.mark.parametrize(
    "content",
    [
        RUNS.encode(),
        b"\xef\xbb\xbf" + RUNS.encode(),
        b"# -*- coding: latin-1 -*-\n# d\xe9faut\n" + RUNS.encode(),
        ("# -*- coding: cp1252 -*-\nprice = '5 €'\n" + RUNS).encode("cp1252"),
        RUNS.replace("\n", "\r\n").encode(),
    ],
)
def test_any_encoding_that_python_accepts(file: Path, content: bytes) -> None:
    """A byte order mark, and a coding cookie, are as good as plain UTF-8."""
    (file.parent / "code" / "score.py").write_bytes(content)
    check_files(file, document())
    assert upload_warnings(file, document()) == ()


def test_a_syntax_that_this_python_does_not_know(file: Path) -> None:
    """It is a warning only, with the place: the container's Python may be newer."""
    (file.parent / "code" / "score.py").write_text(f"import os\nfuture Row = list[float]\n{RUNS}")
    check_files(file, document())
    (warning,) = upload_warnings(file, document())
    assert "score.py does not compile on the worker's Python: invalid syntax, line 2" in warning
    assert "The container's Python decides" in warning


@pytest.mark.parametrize(("script", "custom"), [("plumber.R", True), ("plumber.R", False), ("score.py", True)])
def test_scripts_that_are_not_judged(file: Path, script: str, custom: bool) -> None:
    """A custom container runs what it likes, and a script in another language is not Python."""
    (file.parent / "code" / script).write_text("#* @get /live\nfunction() { 'alive' }\n")
    routes = {"inference_config": {"scoring_route": {"port": 8000, "path": "/score"}}} if custom else {}
    check_files(file, document(script, **routes))
    assert upload_warnings(file, document(script, **routes)) == ()


def test_a_link_to_a_missing_file(file: Path) -> None:
    """The link is named, with where it leads."""
    (file.parent / "code" / "settings.yml").symlink_to("../configs/settings.yml")
    with pytest.raises(InvalidSpec) as caught:
        check_files(file, document())
    assert "code/settings.yml is a symbolic link to ../configs/settings.yml, which does not exist" in str(caught.value)
    assert "exclude it in .amlignore" in caught.value.hint


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_link_that_leaves_the_folder(file: Path, is_folder: bool) -> None:
    """Files from outside are not uploaded by accident."""
    outside = file.parent.parent / "outside"
    if is_folder:
        outside.mkdir()
    else:
        outside.write_text("not to be uploaded")
    (file.parent / "code" / "extra").symlink_to(outside)
    with pytest.raises(InvalidSpec, match=r"code/extra is a symbolic link to .*outside, which is outside the folder"):
        check_files(file, document())


def test_a_link_in_a_circle(file: Path) -> None:
    """A link to a folder that contains it would be followed without end."""
    (file.parent / "code" / "again").symlink_to("../code")
    with pytest.raises(InvalidSpec, match=r"code/again is a symbolic link to \.\./code, a folder that contains it"):
        check_files(file, document())


def test_links_within_the_project(file: Path) -> None:
    """A library that several code folders share is beside them, and is uploaded with each."""
    (file.parent / "shared_lib").mkdir()
    (file.parent / "code" / "shared_lib").symlink_to("../shared_lib")
    (file.parent / "code" / "main.py").symlink_to("score.py")
    check_files(file, document())


@pytest.mark.parametrize("ignoring", [".amlignore", ".gitignore"])
def test_links_that_are_not_uploaded(file: Path, ignoring: str) -> None:
    """What the SDK leaves out may lead anywhere, such as the interpreter of a virtual environment."""
    tools = file.parent / "code" / ".tox" / "bin"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to("/no/such/python3")
    with pytest.raises(InvalidSpec, match="python"):
        check_files(file, document())
    (file.parent / "code" / ignoring).write_text(".tox\n*.log\n")
    check_files(file, document())


MODEL = {"model": {"path": "mlmodel", "type": "mlflow_model"}}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (MODEL, "mlmodel/conda.yaml"),
        ({"model": {"path": "mlmodel"}}, ""),
        ({**MODEL, "environment": {"image": "i", "conda_file": "conda.yml"}}, "conda.yml"),
        ({**MODEL, "environment": "azureml:mine:1"}, ""),
        ({**MODEL, "code_configuration": {"code": "code"}}, ""),
        ({"model": {"path": "elsewhere", "type": "mlflow_model"}}, ""),
        ({"model": "azureml:registered:1"}, ""),
    ],
)
def test_the_file_of_the_packages(tmp_path: Path, written: dict[str, Any], found: str) -> None:
    """That of the environment, or that of an MLflow model that has neither environment nor code."""
    (tmp_path / "mlmodel").mkdir()
    for name in ("MLmodel", "conda.yaml"):
        (tmp_path / "mlmodel" / name).write_text("{}")
    file = package_file(tmp_path / "blue.yml", written)
    assert file == (tmp_path / found if found else None)
