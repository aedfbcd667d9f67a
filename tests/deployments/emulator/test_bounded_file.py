"""Files that keep the end of what is written to them."""

from __future__ import annotations

from pathlib import Path

from deployments.emulator.telemetry.bounded_file import BoundedFile


def test_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    """The two files together never hold more than twice the limit, and the newest lines are always there."""
    file = BoundedFile(tmp_path / "log", largest_half=100)
    for number in range(100):
        file.write(f"line {number:03d}")
    lines = file.tail()
    assert sum(part.stat().st_size for part in file.parts()) <= 200
    assert lines == [f"line {number:03d}" for number in range(100 - len(lines), 100)]
    assert len(lines) >= 10


def test_the_tail_counts_lines_and_a_new_object_goes_on(tmp_path: Path) -> None:
    """What an earlier process wrote is still there."""
    BoundedFile(tmp_path / "log").write("one")
    file = BoundedFile(tmp_path / "log")
    file.write("two\udcff")
    assert file.tail(1) == ["two?"]
    assert file.tail() == ["one", "two?"]
    assert BoundedFile(tmp_path / "absent").tail() == []
