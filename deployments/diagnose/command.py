"""The command `endpoint-ops diagnose`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from deployments.diagnose.options import DEFAULTS, Options


def diagnose(options: Annotated[Options, Parameter(name="*")] = DEFAULTS) -> int:
    """Find what is wrong with scoring endpoints, and the fix. Changes nothing.

    What is not given comes from, in this order: the environment (AZURE_SUBSCRIPTION_ID, ENDPOINT_OPS_*),
    .azureml/config.json in this folder or above, and the az CLI (its defaults and its current subscription). The first
    line of the output names the source. Needs no Prefect server.

    Exit status: 0 healthy, 1 not healthy, 2 not checked.

    For example:

        endpoint-ops diagnose -g ml -w churn -n churn-prod --request request.json
        endpoint-ops diagnose --scope 'ml/churn/churn-*' -o junit > report.xml
        endpoint-ops diagnose --scenario zone_not_linked

    Args:
        options: See its attributes.
    """
    from deployments.diagnose.diagnose import run  # noqa: PLC0415 -- --help needs no Azure packages

    return run(options)
