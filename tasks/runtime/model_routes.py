"""The Prefect block that maps models to endpoints, and sets the hours without redeployments."""

from __future__ import annotations

from typing import Annotated, Self, cast

from prefect.blocks.core import Block
from prefect.logging import get_logger
from pydantic import Field, model_validator

from tasks.domain.events.admission import AdmissionRules, ModelRoute, QuietHours, TimeZone

_GUIDE = "https://learn.microsoft.com/azure/machine-learning/how-to-use-event-grid"

Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]


class ModelRoutes(Block):
    """Routes from models to endpoints, the tags that a version needs, and the hours without redeployments."""

    _block_type_name = "Model routes"
    _block_type_slug = "model-routes"
    _description = "The endpoint of each registered model, the tags that a version needs, and the quiet hours."
    _documentation_url = _GUIDE  # type: ignore[assignment]  # Prefect turns it into a URL itself

    routes: list[ModelRoute] = Field(
        default=[], title="Routes", description="One route per model whose new versions are deployed automatically."
    )
    quiet_from: Clock = Field(
        default="", title="Quiet from", description="Start of the quiet hours, such as 18:00. Empty: no quiet hours."
    )
    quiet_until: Clock = Field(default="", title="Quiet until", description="End of the quiet hours, such as 07:00.")
    time_zone: TimeZone = Field(default="UTC", title="Time zone", description="Of the quiet hours.")

    @model_validator(mode="after")
    def _has_whole_quiet_hours(self) -> Self:
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise ValueError("quiet hours need both a start and an end.")
        self.as_admission_rules()
        return self

    def as_admission_rules(self) -> AdmissionRules:
        """Return the admission rules for events."""
        hours = {"begin": self.quiet_from, "end": self.quiet_until, "time_zone": self.time_zone}
        quiet = QuietHours.model_validate(hours) if self.quiet_from else None
        return AdmissionRules(routes=tuple(self.routes), quiet_hours=quiet)


async def load_admission_rules(block: str) -> AdmissionRules:
    """Load the admission rules from the named block; without it, no model is admitted, with a warning in the log."""
    try:
        return cast("ModelRoutes", await ModelRoutes.aload(block)).as_admission_rules()
    except ValueError:
        get_logger("model_routes").warning("block model-routes/%s is missing or not valid: no model is admitted", block)
        return AdmissionRules()
