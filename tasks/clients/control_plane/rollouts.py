"""Rollouts as endpoints carry them: traffic that shifts, and the way back in the endpoint's own tags.

The tags outlive the run that wrote them. Each write first looks whether they are still this rollout's own, so that a
run that was taken for dead, and has been taken back since, changes nothing any more.
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
    Rollout,
    RolloutLost,
    WayBackLost,
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
    """The rollouts of the workspace's endpoints, one at a time for each."""

    def __init__(self, endpoints: Endpoints, online_deployments: OnlineDeployments) -> None:
        self._endpoints = endpoints
        self._online_deployments = online_deployments

    def begin(self, rollout: Rollout) -> Endpoint:
        """Note the rollout and the way back. Safe to run again.

        Raises:
            Conflict: When another rollout is under way, or the traffic is no longer what the way back says.
            NotFound: Without the endpoint.
        """

        def noted(shown: Endpoint) -> Endpoint:
            found = rollout_in(shown.name, shown.tags)
            if found != rollout:
                require_free(rollout, found, shown)
            return shown.model_copy(update={"tags": with_rollout(shown.tags, rollout)})

        return self._endpoints.revise(rollout.endpoint, noted, doing=f"begin the rollout of {rollout.color}")

    def require(self, rollout: Rollout) -> None:
        """See that the rollout is still the endpoint's, before something is done that its tags don't tell.

        Raises:
            RolloutLost: When it is not, or the endpoint is gone.
        """
        shown = self._endpoints.get(rollout.endpoint)
        if shown is None:
            raise RolloutLost(f"there is no endpoint {rollout.endpoint} any more", "Create the endpoint first.")
        require_own(rollout, shown)

    def route(self, rollout: Rollout, traffic: Mapping[str, int], last: Endpoint | None = None) -> Endpoint:
        """Set the live traffic, as a step of the rollout, and read it back; the mirror traffic is as it was before.

        Args:
            rollout: The rollout.
            traffic: Percent per online deployment.
            last: The endpoint as the rollout has set it last; None where its traffic is still as it was before.

        Raises:
            RolloutLost: When the rollout is no longer the endpoint's.
            Conflict: When somebody else has changed the traffic meanwhile.
        """

        def routed(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            wanted = shown.model_copy(update={"traffic": dict(traffic), "mirror_traffic": rollout.mirror})
            require_untouched(shown, last or as_before(shown, rollout), wanted)
            return wanted

        return self._endpoints.revise(rollout.endpoint, routed, doing=f"set traffic of endpoint {rollout.endpoint}")

    def mirror(self, rollout: Rollout, percent: int) -> Endpoint:
        """Send copies of so much traffic to the next color, instead of to whom they went before, and read it back.

        Raises:
            RolloutLost: When the rollout is no longer the endpoint's.
            Conflict: When somebody else has changed the traffic meanwhile.
        """

        def mirrored(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            wanted = shown.model_copy(update={"mirror_traffic": {rollout.color: percent}})
            require_untouched(shown, as_before(shown, rollout), wanted)
            return wanted

        return self._endpoints.revise(rollout.endpoint, mirrored, doing=f"mirror traffic to {rollout.color}")

    def keep(self, rollout: Rollout, until: datetime) -> Endpoint:
        """Note that the next color was verified with all traffic, and how long the way back is kept all the same.

        Raises:
            RolloutLost: When the rollout is no longer the endpoint's.
        """

        def kept(shown: Endpoint) -> Endpoint:
            require_own(rollout, shown)
            verified = rollout.model_copy(update={"until": until})
            return shown.model_copy(update={"tags": with_rollout(shown.tags, verified)})

        return self._endpoints.revise(rollout.endpoint, kept, doing=f"keep the way back from {rollout.color}")

    def put_back(self, rollout: Rollout, *, failed: bool) -> Endpoint:
        """Restore live and mirror traffic as they were before, in one request, and read them back.

        Where somebody has taken the color out of both, their traffic stays as it is. A note that somebody has removed
        does not keep users on the color: it goes back from what the caller knows. The note, where it is there, no
        longer says that the next color was verified.

        Args:
            rollout: The rollout.
            failed: Whether the color did. Where it has all traffic and no note any more, it else counts as promoted.

        Raises:
            RolloutLost: When another rollout has begun since, this one was promoted, or the endpoint is gone.
            WayBackLost: When an online deployment that had live traffic before is gone.
        """

        def restored(shown: Endpoint) -> Endpoint:
            if not is_own(rollout, shown):
                self._require_left(rollout, shown, failed=failed)
            left = shown.model_copy(update={"tags": unverified(shown, rollout)})
            return self._as_far_as_there(left, rollout) if shown.routes_to(rollout.color) else left

        try:
            return self._endpoints.revise(rollout.endpoint, restored, doing=f"take {rollout.color} back")
        except NotFound as error:
            if self._endpoints.get(rollout.endpoint):
                raise
            raise RolloutLost(f"nothing is left to take back: {error.message}", error.hint) from error

    def _as_far_as_there(self, shown: Endpoint, rollout: Rollout) -> Endpoint:
        """The endpoint as before; copies for what is gone are left out."""
        present = [one.name for one in self._online_deployments.list(rollout.endpoint)]
        live = named_in(rollout.live, present)
        if not same_shares(live, rollout.live):
            raise WayBackLost(
                f"nothing could be put back: the traffic before was {rollout.live}, and of that is left "
                f"{', '.join(live) or 'nothing'}",
                f"The traffic stays as it is, {shown.traffic}. Roll out a model that works.",
            )
        return shown.model_copy(update={"traffic": live, "mirror_traffic": named_in(rollout.mirror, present)})

    def _require_left(self, rollout: Rollout, shown: Endpoint, *, failed: bool) -> None:
        """See that the traffic is still as this rollout has set it, though it is not noted any more."""
        made = self._online_deployments.get(rollout.endpoint, rollout.color)
        is_its_color = made is not None and made.tags.get(ROLLOUT_TAG) == rollout.id
        is_promoted = is_its_color and not failed and share_of(shown.traffic, rollout.color) == 100
        if rollout_in(shown.name, shown.tags) or not is_its_color or is_promoted:
            raise lost(rollout, shown, is_promoted=is_promoted)

    def end(self, rollout: Rollout) -> Endpoint:
        """Remove the note. Safe to run again: what another rollout has noted since stays.

        Raises:
            NotFound: Without the endpoint.
        """

        def ended(shown: Endpoint) -> Endpoint:
            if not is_own(rollout, shown):
                return shown
            return shown.model_copy(update={"tags": without_rollout(shown.tags)})

        return self._endpoints.revise(rollout.endpoint, ended, doing=f"end the rollout of {rollout.color}")
