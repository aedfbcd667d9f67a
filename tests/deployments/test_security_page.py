"""The threat model: one page, one click from the README, and plain about what the API's password allows."""

from __future__ import annotations

import re

from support.paths import ROOT

PAGE = ROOT / "docs" / "security.md"


def test_it_is_one_click_from_the_readme_and_from_the_guides() -> None:
    """By links that lead there, to headings that exist."""
    for guide, link in {
        "README.md": "docs/security.md",
        "deployments/README.md": "../docs/security.md#the-api-password",
        "deployments/cluster/README.md": "../../docs/security.md#the-api-password",
    }.items():
        assert f"]({link})" in (ROOT / guide).read_text()
    headings = [
        line.lstrip("# ").lower().replace(" ", "-") for line in PAGE.read_text().splitlines() if line[:1] == "#"
    ]
    assert "the-api-password" in headings


def test_it_fits_one_page_and_answers_four_questions() -> None:
    """Who, what they can do, what stops them, what doesn't; an answer for each of them."""
    text = PAGE.read_text()
    assert len(text.splitlines()) <= 70
    assert "| who | what they can do | what stops them | what doesn't |" in text
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert len(rows) >= 8
    assert all(len([cell for cell in re.split(r"(?<!\\)\|", row)[1:-1] if cell.strip()]) == 4 for row in rows)


def test_it_says_what_the_password_allows() -> None:
    """Any command on the worker, and every block's secret: no template changes that."""
    text = PAGE.read_text()
    assert "run any command on the worker" in text
    assert "read every block's secret" in text
    assert "run any command on the" in (ROOT / "deployments" / "README.md").read_text()
