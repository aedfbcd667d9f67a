"""MLflow models without code: what the emulator's own Python can serve of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from deployments.emulator.errors import ArmError, bad_request

PROGRAM = Path(__file__).with_name("mlflow_program")
LOADERS = ("mlflow.sklearn",)  # a pickle that needs no MLflow; scikit-learn is there
PICKLES = ("cloudpickle", "pickle")


def require_servable(model: Path) -> None:
    """Check that a model's python_function flavor can be loaded here.

    Raises:
        ArmError: 400, without an MLmodel file or that flavor, which Azure needs (docs: how-to-deploy-mlflow-models);
            NotImplementedByEmulator with the loader's name, for one that needs MLflow or other packages.
    """
    file = next(iter(sorted(model.rglob("MLmodel"))), None)
    if file is None:
        raise bad_request("BadArgument", f"The model '{model.name}' has no MLmodel file, so it is not an MLflow model.")
    described = yaml.safe_load(file.read_text(encoding="utf-8"))
    flavors: dict[str, Any] = (described.get("flavors") if isinstance(described, dict) else None) or {}
    if "python_function" not in flavors:
        raise bad_request("BadArgument", f"The MLflow model '{model.name}' has no python_function flavor.")
    loader = flavors["python_function"].get("loader_module")
    stored = (flavors.get("sklearn") or {}).get("serialization_format", PICKLES[0])
    if loader not in LOADERS or stored not in PICKLES:
        raise ArmError(
            400,
            "NotImplementedByEmulator",
            f"The emulator does not serve MLflow models of the flavor '{loader}' ({stored}): it knows "
            f"{', '.join(LOADERS)}, pickled. In Azure, the model's conda.yaml would be installed.",
        )
