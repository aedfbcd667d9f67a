"""The words of the glossary: what people read uses the field's standard terms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.paths import ROOT

# Each with the standard words instead.
BANNED = {
    r"(?:take|takes|taken|taking|put|puts|go|goes|gone|going|went) (?:\w+ ){0,2}back": "roll back, rollback, restore",
    r"ways? back": "rollback",
    r"(?:left|leftover) rollouts?": "abandoned rollout",
    r"told|tells?|retelling": "message, report, notify, re-emit",
    r"happenings?": "event",
    r"mend(?:s|ed|ing)?|unwell|sick": "fix, healthy, unhealthy",
    r"second looks?|look(?:s|ed|ing)? again|looked at": "recheck, observe",
    r"(?:nobody|could not|couldn't) look": "not checked",
    r"nobody": "no one is named: say who, or use the passive",
    r"(?<!there )is no (?!longer|more\b|such\b|other\b)\w+": "is not a valid, is not a",
    r"brought|what becomes of|came of": "returned, resulted in, disposition",
    r"wish(?:es|ed)?": "request, spec, desired",
    r"(?:so|as) many": "maximum, limit, number of",
    r"rivals?": "concurrent rollouts, version order",
    r"case files?": "diagnosis context",
    r"by hand": "manually",
    r"the same again": "redeploy current version",
    r"next color|old color": "candidate, stable",
    r"let(?:s|ting)? (?:\w+ ){1,3}by|shut(?:s|ting)? (?:\w+ )?out": "allows, denies",
    r"left alone|in vain": "throttled, not changed, unused",
}
WORDS = {re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE): instead for words, instead in BANNED.items()}
DOCUMENTS = ("*.md", "*.yaml", "*.yml", "*.json")
FOLDERS = ("flows", "tasks", "deployments", "docs")
# Names that users and stored records rely on; an automation is found again by its name.
STABLE = re.compile(
    "vault_shuts_azure_out|key_vault_lets_azure_services_by|left-rollouts|not_looked_at|looked_at|second_look_seconds"
    "|tell of an? (?:unhealthy|recovered|failed|plan|missed|run)|recover a rollout that was left"
)


def texts_in(file: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module, docstrings included; the lines of a document."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from enumerate(source.splitlines(), start=1)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def files() -> list[Path]:
    found = [one for folder in FOLDERS for kind in ("*.py", *DOCUMENTS) for one in (ROOT / folder).rglob(kind)]
    return sorted([*found, *ROOT.glob("*.md"), ROOT / "Makefile"])


@pytest.mark.parametrize("file", files(), ids=lambda one: str(one.relative_to(ROOT)))
def test_people_read_standard_words(file: Path) -> None:
    """No private word stands in a text of the product or in a document."""
    found = []
    for line, text in texts_in(file):
        plain = STABLE.sub("", text)
        found += [f"{line}: {hit[0]!r}: {instead}" for words, instead in WORDS.items() for hit in words.finditer(plain)]
    assert not found, "\n".join(found)
