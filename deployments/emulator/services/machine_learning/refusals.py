"""The error forms of Azure Machine Learning: its own, and the one that it passes on from the inferencing service."""

from __future__ import annotations

import json
import secrets

from deployments.emulator.errors import ArmError


def user_error(message: str, status: int = 400) -> ArmError:
    """A refusal in the workspace service's form."""
    return ArmError(status, "UserError", message)


def missing(kind: str, name: str) -> ArmError:
    """404 for what lives inside a workspace, e.g. a datastore (wording: recorded for datastores)."""
    return user_error(f"Could not find {kind}: {name}.", 404)


def validation_error(message: str) -> ArmError:
    """A refusal of a workspace or of its managed network."""
    return ArmError(400, "ValidationError", message)


def invalid_request(code: str, message: str) -> ArmError:
    """`(BadRequest) The request is invalid.`, with what is wrong in the details."""
    return ArmError(400, "BadRequest", "The request is invalid.", details=[{"code": code, "message": message}])


def inferencing_error(field: str, *sentences: str, code: str = "InferencingClientCreateDeploymentFailed") -> ArmError:
    """A refusal that the inferencing service makes and the workspace service passes on (form: azure-docs issues)."""
    found = {
        "errors": {field: list(sentences)},
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "traceId": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    }
    return invalid_request(code, f"InferencingClient HttpRequest error, error detail: {json.dumps(found)}")


def busy(message: str) -> ArmError:
    """409: another operation has to end first."""
    return ArmError(409, "Conflict", message)
