"""The local files that a deployment's YAML names: present, uploadable, and its script."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tasks.clients.control_plane.files.uploaded_files import check_folder, secret_warnings
from tasks.clients.transport.wire import Json
from tasks.domain.common import errors

# The fields of a deployment's YAML that can name a local file or folder.
_LOCAL: Final = (
    ("model", "path"),
    ("code_configuration", "code"),
    ("environment", "conda_file"),
    ("environment", "build", "path"),
)
_CODE: Final = "code_configuration.code"
_REMOTE: Final = (
    "azureml:",
    "http:",
    "https:",
    "abfss:",
    "wasbs:",
    "git+",
    "runs:",
    "mlflow-artifacts:",
    "/subscriptions/",
)


def check_files(file: Path, document: Json) -> None:
    """Check that each file and folder exists and may be uploaded.

    Raises:
        InvalidSpec: With the path, or the link, at fault; see ``check_folder``.
    """
    for field, path in local_paths(file, document):
        if not path.exists():
            raise errors.InvalidSpec(
                f"{file} names {field} {path}, which does not exist",
                "Correct the path: it is relative to the folder of the YAML file.",
            )
        check_folder(file.parent, path)
    script = _script(file, document)
    if script and not script.is_file():
        raise errors.InvalidSpec(
            f"{file} names scoring_script {script}, which can't be read: it is not a file",
            f"Correct the path: it is relative to {_CODE}.",
        )


def upload_warnings(file: Path, document: Json) -> tuple[str, ...]:
    """Return what a person should know before the files leave this machine."""
    return (*secret_warnings([path for _, path in local_paths(file, document)]), *_script_warnings(file, document))


def _script_warnings(file: Path, document: Json) -> tuple[str, ...]:
    """Warn of a script that this Python can't compile: a newer one in the container may run it.

    A custom container runs its own server, and a script need not be Python: neither is judged.
    """
    script, environment = _script(file, document), document.get("environment")
    custom = isinstance(environment, Mapping) and "inference_config" in environment
    if script is None or custom or script.suffix != ".py":
        return ()
    try:
        # Bytes, so that a byte order mark or a coding cookie counts as it does when Python runs the file.
        ast.parse(script.read_bytes(), str(script))
    except (SyntaxError, ValueError) as error:
        where = f", line {line}" if (line := getattr(error, "lineno", None)) else ""
        problem = f"{getattr(error, 'msg', error)}{where}"
        return (f"{script} does not compile on the worker's Python: {problem}. The container's Python decides.",)
    return ()


def local_paths(file: Path, document: Json) -> Iterator[tuple[str, Path]]:
    """Yield the fields that name a local file or folder, each with its path."""
    for names in _LOCAL:
        value: Any = document
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str) and not value.startswith(_REMOTE):
            yield ".".join(names), file.parent / value


def package_file(file: Path, document: Json) -> Path | None:
    """Return the conda file whose packages Azure installs; None where there is none, or it is not on this machine.

    It is the environment's, while the image is built; without an environment and a script that of an MLflow model, when
    the container starts.
    """
    named = dict(local_paths(file, document))
    if document.get("environment") or document.get("code_configuration"):
        return named.get("environment.conda_file")
    model = document.get("model")
    folder = named.get("model.path") if isinstance(model, Mapping) and model.get("type") == "mlflow_model" else None
    described = next(iter(sorted(folder.rglob("MLmodel"))), None) if folder else None
    conda = described.with_name("conda.yaml") if described else None
    return conda if conda and conda.is_file() else None


def _script(file: Path, document: Json) -> Path | None:
    configuration = document.get("code_configuration")
    script = configuration.get("scoring_script") if isinstance(configuration, Mapping) else None
    folder = next((path for field, path in local_paths(file, document) if field == _CODE), None)
    return folder / str(script) if script and folder else None
