"""A person at the Prefect UI, in a real browser."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from support.local_stack import LocalStack

# Without these a new Chromium looks for the internet, which is not there.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
)
_PATIENCE = 40_000


class PrefectUi:
    """What a person does there, and what they see."""

    def __init__(self, stack: LocalStack, page: Page, pictures: Path) -> None:
        self.stack = stack
        self.page = page
        self._pictures = pictures

    @classmethod
    @contextlib.contextmanager
    def opened(cls, stack: LocalStack, chromium: str, profile: Path, pictures: Path) -> Iterator[PrefectUi]:
        """A browser with a new profile."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=chromium,
                headless=True,
                args=_FLAGS,
                viewport={"width": 1280, "height": 960},
            )
            browser.set_default_timeout(_PATIENCE)
            expect.set_options(timeout=_PATIENCE)
            try:
                yield cls(stack, browser.pages[0], pictures)
            finally:
                browser.close()

    def sign_in(self) -> None:
        """Give the server's password."""
        self.page.goto(f"{self.stack.address}/v2/login")
        self.page.locator("input").first.fill(self.stack.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/dashboard**")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.stack.address}/v2{path}")

    def open_form(self, deployment: str) -> None:
        """The form of a custom run."""
        self.go(f"/deployments/deployment/{self.stack.deployment(deployment)['id']}")
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        expect(self.page.get_by_role("button", name="Submit")).to_be_visible()

    def field(self, title: str, number: int = 0) -> Locator:
        """A text field by its title; several have the same one, in order."""
        return self.page.locator("textarea, input[type=number]").and_(self.page.get_by_label(title)).nth(number)

    def submit(self) -> None:
        """Start the run; the UI goes to its deployment then."""
        self.page.get_by_role("button", name="Submit").click()
        self.page.wait_for_url(re.compile(r"tab=Runs"))

    def open_run(self, run: dict[str, str], tab: str = "Logs") -> None:
        self.go(f"/runs/flow-run/{run['id']}?tab={tab}")

    def choose(self, action: str) -> None:
        """An action of a run's menu."""
        self.page.get_by_role("button", name="Open menu").first.click()
        self.page.get_by_role("menuitem", name=action, exact=True).click()

    def decide(self, seen: str, *, approve: bool) -> None:
        """Answer the form of a suspended run, which shows this text."""
        self.choose("Resume")
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_text(seen).first).to_be_visible()
        self.picture("approval-form")
        if approve:
            dialog.get_by_role("switch").click()
        dialog.locator("textarea").fill("Ada")
        dialog.get_by_role("button", name="Resume").click()
        expect(dialog).to_be_hidden()

    def open_artifact(self, key: str) -> Locator:
        """The newest artifact under a key."""
        self.go(f"/artifacts/artifact/{self.stack.artifact(key)['id']}")
        return self.page.locator("main")

    def picture(self, name: str) -> None:
        """Keep what is to be seen now."""
        self.page.screenshot(path=self._pictures / f"{name}.png")
