"""The Prefect block that says which model belongs to which endpoint, and when no redeployment starts."""

from __future__ import annotations

from typing import Annotated, Self, cast

from prefect.blocks.core import Block
from prefect.logging import get_logger
from pydantic import Field, model_validator

from tasks.domain.events.admission import Gates, ModelRoute, QuietHours, TimeZone

_GUIDE = "https://learn.microsoft.com/azure/machine-learning/how-to-use-event-grid"

Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]


class ModelRoutes(Block):
    """Which model belongs to which endpoint, which tags a version needs, and the hours without redeployments."""

    _block_type_name = "Model routes"
    _block_type_slug = "model-routes"
    _description = "Which registered model goes to which endpoint, by which tags, and when no redeployment starts."
    _documentation_url = _GUIDE  # type: ignore[assignment]  # Prefect turns it into a URL itself

    routes: list[ModelRoute] = Field(
        default=[], title="Routes", description="One for each model that is redeployed when a version is registered."
    )
    quiet_from: Clock = Field(
        default="", title="Quiet from", description="No redeployment starts from then on, such as 18:00. Empty: always."
    )
    quiet_until: Clock = Field(default="", title="Quiet until", description="Until then, such as 07:00.")
    time_zone: TimeZone = Field(default="UTC", title="Time zone", description="Of the quiet hours.")

    @model_validator(mode="after")
    def _has_whole_quiet_hours(self) -> Self:
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise ValueError("quiet hours have a beginning and an end.")
        self.as_gates()
        return self

    def as_gates(self) -> Gates:
        """The gates that events are judged by."""
        hours = {"begin": self.quiet_from, "end": self.quiet_until, "time_zone": self.time_zone}
        quiet = QuietHours.model_validate(hours) if self.quiet_from else None
        return Gates(routes=tuple(self.routes), quiet_hours=quiet)


async def load_gates(block: str) -> Gates:
    """The gates of the block of that name. Without it nothing is admitted, and the log says so."""
    try:
        return cast("ModelRoutes", await ModelRoutes.aload(block)).as_gates()
    except ValueError:
        get_logger("model_routes").warning("there is no usable block model-routes/%s: no model is admitted", block)
        return Gates()
