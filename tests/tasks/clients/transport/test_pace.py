"""How fast requests of one run begin."""

from __future__ import annotations

import asyncio
import itertools

from tasks.clients.transport.pace import Pace


async def test_no_two_begin_in_the_same_turn_of_the_loop() -> None:
    """Between two beginnings everything else has had its turn, and who asked first begins first."""
    pace, rounds, began = Pace(), itertools.count(), []
    current = 0

    async def count() -> None:
        nonlocal current
        while len(began) < 20:
            current = next(rounds)
            await asyncio.sleep(0)

    async def begin(number: int) -> None:
        await pace.turn()
        began.append((current, number))

    counting = asyncio.create_task(count())
    await asyncio.gather(*(begin(number) for number in range(20)))
    await counting
    assert [number for _, number in began] == list(range(20))
    assert len({turn for turn, _ in began}) == 20


async def test_who_gives_up_holds_up_nobody() -> None:
    """A canceled wait leaves the next one its turn."""
    pace = Pace()
    first = asyncio.create_task(pace.turn())
    second = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
