"""Endpoints that are copies of another one, by the thousand."""

from __future__ import annotations

from support.emulator.control_plane import ControlPlane

from deployments.emulator.seeding import seed, shapes_in

USAGES = "/subscriptions/{}/providers/Microsoft.MachineLearningServices/locations/westeurope/usages"


async def test_copies_are_endpoints_of_their_own_and_use_no_quota(plane: ControlPlane) -> None:
    """A fleet may be larger than the quota; only what a client could have asked for counts."""
    emulator = plane.emulator
    emulator.resources.set_setting("cores:westeurope", {"standardDSv2Family": 4})
    (made,) = await seed(emulator, shapes_in({"endpoints": 30}))
    assert len(set(made["endpoints"])) == 30
    for name in made["endpoints"]:
        found = await plane.get(f"{made['id']}/onlineEndpoints/{name}")
        assert found["properties"]["scoringUri"].startswith(f"https://{name}.")
        assert (await plane.get(f"{found['id']}/deployments/blue"))["properties"]["provisioningState"] == "Succeeded"
    subscription = emulator.resources.setting("subscription", str)
    usages = (await plane.get(USAGES.format(subscription)))["value"]
    assert [one["currentValue"] for one in usages if one["name"]["value"] == "standardDSv2Family"] == [4]
