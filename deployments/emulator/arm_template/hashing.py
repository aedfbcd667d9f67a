"""The hashes behind `uniqueString` and `guid`: the same input gives the same name as in Azure."""

from __future__ import annotations

import uuid

MASK = 0xFFFFFFFF
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
GUID_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
FIRST, SECOND = 0x239B961B, 0xAB0E9789


def unique_string(parts: list[str]) -> str:
    """13 letters and digits that follow from the parts."""
    number = murmur64("-".join(parts).encode()) << 1  # 65 bits: thirteen letters of five
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def guid(parts: list[str]) -> str:
    """A GUID that follows from the parts."""
    return str(uuid.uuid5(GUID_NAMESPACE, "-".join(parts)))


def murmur64(data: bytes) -> int:
    """MurmurHash 3 in its 64-bit form with two 32-bit lanes and seed 0, as the resource manager computes it."""
    low = high = 0
    whole = len(data) - len(data) % 8
    for at in range(0, whole, 8):
        low = _mix(low, data[at : at + 4], FIRST, 15, SECOND)
        low = (((_rotate(low, 19) + high) * 5) + 0x561CCD1B) & MASK
        high = _mix(high, data[at + 4 : at + 8], SECOND, 17, FIRST)
        high = (((_rotate(high, 13) + low) * 5) + 0x0BCAA747) & MASK
    rest = data[whole:]
    if rest:
        low = _mix(low, rest[:4], FIRST, 15, SECOND)
    if len(rest) > 4:
        high = _mix(high, rest[4:], SECOND, 17, FIRST)
    low, high = low ^ len(data), high ^ len(data)
    low, high = _stir(low, high)
    low, high = _stir(_avalanche(low), _avalanche(high))
    return (high << 32) | low


def _mix(lane: int, block: bytes, before: int, bits: int, after: int) -> int:
    number = (int.from_bytes(block, "little") * before) & MASK
    return lane ^ ((_rotate(number, bits) * after) & MASK)


def _stir(low: int, high: int) -> tuple[int, int]:
    low = (low + high) & MASK
    return low, (high + low) & MASK


def _avalanche(lane: int) -> int:
    lane = ((lane ^ (lane >> 16)) * 0x85EBCA6B) & MASK
    lane = ((lane ^ (lane >> 13)) * 0xC2B2AE35) & MASK
    return lane ^ (lane >> 16)


def _rotate(number: int, bits: int) -> int:
    return ((number << bits) | (number >> (32 - bits))) & MASK
