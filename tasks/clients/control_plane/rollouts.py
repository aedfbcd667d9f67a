"""Rollouts on endpoints: traffic shifts, and the rollout record in the endpoint's tags.

The tags outlive the run that wrote them. Each write first checks that the record is still this rollout's, so that a
run that was considered dead and has been rolled back changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tasks.clients.control_plane.endpoints import Endpoints
from tasks.clients.control_plane.online_deployments import OnlineDeployments
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import named_in, same_shares, share_of
from tasks.domain.common.errors import NotFound
from tasks.domain.rollout.state import (
    ROLLOUT_TAG,
    RollbackLost,
    Rollout,
    RolloutLost,
    as_before,
    is_own,
    lost,
    require_free,
    require_own,
    require_untouched,
    rollout_in,
    unverified,
    with_rollout,
    without_rollout,
)


class Rollouts:
    """The rollouts of the workspace's endpoints, a maximum of one per endpoint."""

    def __init__(self, endpoints: Endpoints, online_deployments: OnlineDeployments) -> None:
        self._endpoints = endpoints
        self._online_deployments = online_deployments

    def begin(self, rollout: Rollout) -> Endpoint:
        """Write the rollout record, with the traffic to roll back to. Safe to run again.

        Raises:
            Conflict: When another rollout is in progress, or the traffic differs from the record.
            NotFound: When the endpoint does not exist.
        """

        def noted(shown: Endpoint) -> Endpoint:
            found = rollout_in(shown.name, shown.tags)
            if found != rollout:
                require_free(rollout, found, shown)
            return shown.model_copy(update={"tags": with_rollout(shown.tags, rollout)})

        return self._endpoints.revise(rollout.endpoint, noted, doing=f"begin the rollout of {rollout.color}")

    def require(self, rollout: Rollout) -> None:
        """Check that the endpoint's record is still this rollout's, before a change outside the tags.

        Raises:
            RolloutLost: When it is not, or the endpoint no longer exists.
        """
        shown = self._endpoints.get(rollout.endpoint)
        if shown is None:
            raise RolloutLost(f"endpoint {rollout.endpoint} no longer exists", "Create the endpoint first.")
        require_own(rollout, shown)

    def route(self, rollout: Rollout, traffic: Mapping[str, int], last: Endpoint | None = None) -> Endpoint:
        """Set the live traffic, as a step of the rollout, and read it back; restores the mirror traffic.

        Args:
            rollout: The rollout.
            traffic: Percentage per online deployment.
            last: The endpoint as the rollout last set it; None before its first traffic change.

        Raises:
            RolloutLost: When the endpoint's record is no longer this rollout's.
            Conflict: When another client has changed the traffic.
        """

        def routed(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            desired = shown.model_copy(update={"traffic": dict(traffic), "mirror_traffic": rollout.mirror})
            require_untouched(shown, last or as_before(shown, rollout), desired)
            return desired

        return self._endpoints.revise(rollout.endpoint, routed, doing=f"set traffic of endpoint {rollout.endpoint}")

    def mirror(self, rollout: Rollout, percent: int) -> Endpoint:
        """Mirror a percentage of the traffic to the candidate only, and read it back.

        Raises:
            RolloutLost: When the endpoint's record is no longer this rollout's.
            Conflict: When another client has changed the traffic.
        """

        def mirrored(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            desired = shown.model_copy(update={"mirror_traffic": {rollout.color: percent}})
            require_untouched(shown, as_before(shown, rollout), desired)
            return desired

        return self._endpoints.revise(rollout.endpoint, mirrored, doing=f"mirror traffic to {rollout.color}")

    def keep(self, rollout: Rollout, until: datetime) -> Endpoint:
        """Record that the candidate was verified with all traffic, and until when rollback stays possible.

        Raises:
            RolloutLost: When the endpoint's record is no longer this rollout's.
        """

        def kept(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            verified = rollout.model_copy(update={"until": until})
            return shown.model_copy(update={"tags": with_rollout(shown.tags, verified)})

        return self._endpoints.revise(rollout.endpoint, kept, doing=f"mark {rollout.color} as verified")

    def restore_traffic(self, rollout: Rollout, *, failed: bool) -> Endpoint:
        """Restore the previous live and mirror traffic in one request, and read them back.

        If another client has removed the candidate from both, that traffic stays. A missing rollout record does not
        prevent the rollback: the caller knows the previous traffic. An existing record is marked as not verified.

        Args:
            rollout: The rollout.
            failed: True when the candidate failed. Otherwise a candidate with all traffic and no record counts as
                promoted.

        Raises:
            RolloutLost: When another rollout has begun, this one was promoted, or the endpoint no longer exists.
            WayBackLost: When an online deployment that had live traffic before no longer exists.
        """

        def restored(shown: Endpoint) -> Endpoint:
            if not is_own(rollout, shown):
                self._require_own_traffic(rollout, shown, failed=failed)
            marked = shown.model_copy(update={"tags": unverified(shown, rollout)})
            return self._with_previous_traffic(marked, rollout) if shown.routes_to(rollout.color) else marked

        try:
            return self._endpoints.revise(rollout.endpoint, restored, doing=f"roll back {rollout.color}")
        except NotFound as error:
            if self._endpoints.get(rollout.endpoint):
                raise
            raise RolloutLost(f"nothing to roll back: {error.message}", error.hint) from error

    def _with_previous_traffic(self, shown: Endpoint, rollout: Rollout) -> Endpoint:
        """Return the endpoint with its previous traffic; mirror traffic only to existing deployments."""
        present = [one.name for one in self._online_deployments.list(rollout.endpoint)]
        live = named_in(rollout.live, present)
        if not same_shares(live, rollout.live):
            raise RollbackLost(
                f"rollback is not possible: the previous traffic was {rollout.live}, and of its online deployments "
                f"only these exist: {', '.join(live) or 'none'}",
                f"The traffic stays at {shown.traffic}. Roll out a working model.",
            )
        return shown.model_copy(update={"traffic": live, "mirror_traffic": named_in(rollout.mirror, present)})

    def _require_own_traffic(self, rollout: Rollout, shown: Endpoint, *, failed: bool) -> None:
        """Check that the traffic is still this rollout's, though its record is missing."""
        made = self._online_deployments.get(rollout.endpoint, rollout.color)
        is_its_color = made is not None and made.tags.get(ROLLOUT_TAG) == rollout.id
        is_promoted = is_its_color and not failed and share_of(shown.traffic, rollout.color) == 100
        if rollout_in(shown.name, shown.tags) or not is_its_color or is_promoted:
            raise lost(rollout, shown, is_promoted=is_promoted)

    def end(self, rollout: Rollout) -> Endpoint:
        """Remove the rollout record. Safe to run again: another rollout's record stays.

        Raises:
            NotFound: When the endpoint does not exist.
        """

        def ended(shown: Endpoint) -> Endpoint:
            if not is_own(rollout, shown):
                return shown
            return shown.model_copy(update={"tags": without_rollout(shown.tags)})

        return self._endpoints.revise(rollout.endpoint, ended, doing=f"end the rollout of {rollout.color}")
