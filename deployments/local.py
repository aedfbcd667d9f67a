"""The local stack: the main job from nothing to nothing, against the emulator.

`python -m deployments.local demo` runs the whole guide: emulator up, the lifecycle flow, its teardown, everything down
again. The exit status is 0 only when every step did what it says.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from deployments import processes
from deployments.progress import QUIET_CONSOLE
from deployments.stack import GROUP, NETWORK_GROUP, REGION, WORKSPACE, subnet_in

SAMPLES = Path("deployments/samples")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.local", description="The local stack.")
    demo = parser.add_subparsers(required=True).add_parser("demo", help="run the whole guide, and leave nothing behind")
    demo.add_argument("--endpoint", type=Path, default=SAMPLES / "endpoint.yml", help="the endpoint's YAML")
    demo.add_argument("--online-deployment", type=Path, default=SAMPLES / "blue-deployment.yml", help="its YAML")
    demo.add_argument("--request", type=Path, default=SAMPLES / "sample-request.json", help="what to score")
    return parser.parse_args(arguments)


def name_in(file: Path, fallback: str) -> str:
    """The `name` that a YAML file gives, or the fallback; a file that can't be read is for the flow to refuse."""
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return fallback
    name = document.get("name") if isinstance(document, dict) else None
    return name if isinstance(name, str) else fallback


def demo(options: argparse.Namespace) -> int:
    """Run the guide once; returns the exit status."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endpoint-demo-")))
        say("Starting a Prefect server and the Azure emulator on 127.0.0.1 …")
        prefect = stack.enter_context(processes.prefect_server(folder))
        os.environ.update(prefect | QUIET_CONSOLE)
        os.environ.update(stack.enter_context(processes.emulator(folder)))
        processes.wait_for(prefect["PREFECT_API_URL"])
        say(f"Both are up ({time.monotonic() - began:.1f} s). No packet leaves this machine.\n")
        status = run_guide(options)
        say("Stopping the emulator and the Prefect server …")
    say(
        f"Nothing is left running. {'All steps did what they say' if status == 0 else 'FAILED'}, "
        f"in {time.monotonic() - began:.0f} s."
    )
    return status


def run_guide(options: argparse.Namespace) -> int:
    """Lifecycle and teardown against the running emulator; returns the exit status."""
    # Prefect reads its settings when it is imported, so they come first.
    from deployments import guide  # noqa: PLC0415

    target = {
        "subscription_id": os.environ["AZURE_SUBSCRIPTION_ID"],
        "resource_group": GROUP,
        "workspace": WORKSPACE,
        "location": REGION,
        "internet_proxy": os.environ["EMULATOR_INTERNET_PROXY"],
    }
    endpoint = (name_in(options.endpoint, "demo-endpoint"), options.endpoint)
    online_deployment = (name_in(options.online_deployment, "blue"), options.online_deployment)
    private_access = {"subnet": subnet_in(target["subscription_id"]), "create_zones_in": NETWORK_GROUP}
    files = guide.Files(endpoint, online_deployment, options.request)
    return 0 if guide.run(target, private_access, files) else 1


def say(text: str) -> None:
    """A line on the terminal, at once."""
    print(text, flush=True)


def main() -> int:
    """Run the command; Ctrl-C and SIGTERM unwind as any failure does, so that nothing is left behind."""
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return demo(options)
    except processes.StartFailedError as error:
        say(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted. Nothing is left running.")
        # Prefect would try for a minute to tell its server, which is gone, of the runs that were cut off.
        os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
