"""One client's requests: `fill` makes 10,000 resources, `get` prints the median of 500 GETs in milliseconds."""

from __future__ import annotations

import os
import statistics
import sys
import time

import requests
from azure.identity import EnvironmentCredential

MANAGEMENT = "https://management.azure.com"
VERSION = "api-version=2021-04-01"


def main(what: str) -> None:
    """Fill or get."""
    session = requests.Session()
    token = EnvironmentCredential().get_token(f"{MANAGEMENT}/.default").token
    session.headers["Authorization"] = f"Bearer {token}"
    groups = f"{MANAGEMENT}/subscriptions/{os.environ['AZURE_SUBSCRIPTION_ID']}/resourceGroups"
    if what == "fill":
        for number in range(10_000):
            session.put(f"{groups}/rg-{number}?{VERSION}", json={"location": "westeurope"}).raise_for_status()
        return
    session.put(f"{groups}/rg-0?{VERSION}", json={"location": "westeurope"}).raise_for_status()
    print(statistics.median(_one(session, f"{groups}/rg-0?{VERSION}") for _ in range(500)))


def _one(session: requests.Session, address: str) -> float:
    began = time.perf_counter()
    session.get(address).raise_for_status()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
