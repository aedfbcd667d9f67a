"""Assets of Azure ML registries: the curated environments of the public one, which are ready images."""

from __future__ import annotations

import re

from deployments.emulator.errors import ArmError

PREFIX = "azureml://registries/"
CURATED = re.compile(
    r"azureml://registries/azureml/environments/(?P<name>[^/]+)/(versions/[1-9]\d*|labels/latest)", re.IGNORECASE
)
# learn.microsoft.com/azure/machine-learning/resource-curated-environments: those for inference on a processor. They run
# in the emulator's own Python, as every image does.
NAMES = re.compile(
    r"(sklearn-\d\.\d|minimal-py3\d{1,2}-inference|mlflow-py3\d{1,2}-inference|lightgbm-3\.3)", re.IGNORECASE
)


def require(title: str, asset: str) -> None:
    """Require that the emulator knows an asset of a registry.

    Raises:
        ArmError: 501 NotImplementedByEmulator, since what isn't known here may well be in Azure.
    """
    found = CURATED.fullmatch(asset)
    if title != "environment" or not found or not NAMES.fullmatch(found["name"]):
        raise ArmError(
            501,
            "NotImplementedByEmulator",
            f"The emulator has no registries, so it does not know the {title} '{asset}': of the public registry, it "
            "knows the curated environments for scikit-learn, MLflow, LightGBM and minimal inference. Name an asset "
            "of the workspace, or try this deployment in Azure.",
        )
