"""Events as Azure sends them, for tests."""

from __future__ import annotations

from typing import Any

PROVIDER = "Microsoft.MachineLearningServices."
WORKSPACE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-events"
    "/providers/Microsoft.MachineLearningServices/workspaces/ml-events"
)


def grid_event(kind: str = "ModelRegistered", **changes: Any) -> dict[str, Any]:
    """An event in Event Grid's schema, as in Microsoft's documentation."""
    event = {
        "topic": WORKSPACE,
        "subject": "models/churn:7",
        "eventType": f"{PROVIDER}{kind}",
        "eventTime": "2026-03-04T05:06:07.8901234Z",
        "id": "a-1",
        "data": {
            "ModelName": "churn",
            "ModelVersion": 7,
            "ModelTags": {"stage": "prod"},
            "ModelProperties": {"a": "b"},
        },
        "dataVersion": "",
        "metadataVersion": "1",
    }
    return event | changes


def cloud_event(kind: str = "ModelRegistered", **changes: Any) -> dict[str, Any]:
    """The same as a CloudEvent, with the other spelling of names."""
    event = {
        "source": WORKSPACE,
        "subject": "models/churn:7",
        "type": f"{PROVIDER}{kind}",
        "time": "2026-03-04T05:06:07.8901234Z",
        "id": "a-1",
        "data": {
            "modelName": "churn",
            "modelVersion": "7",
            "modelTags": {"stage": "prod"},
            "modelProperties": {"a": "b"},
        },
        "specversion": "1.0",
    }
    return event | changes


def registered(version: int | str, model: str = "churn", topic: str = WORKSPACE, **tags: str) -> dict[str, Any]:
    """A model version's registration, with an id of its own."""
    data = {"ModelName": model, "ModelVersion": str(version), "ModelTags": tags, "ModelProperties": {}}
    return grid_event(topic=topic, id=f"{model}-{version}", subject=f"models/{model}:{version}", data=data)
