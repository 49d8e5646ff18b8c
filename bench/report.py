"""Keep what was measured: docs/benchmarks.json, and the parts of docs/benchmarks.md between its marks."""

import json
import os
from collections.abc import Iterable
from statistics import median
from tempfile import NamedTemporaryFile

from bench.processes import CLOCK, ROOT
from bench.rows import Row, as_json, from_json, markdown

MARKDOWN, JSON = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks.json"
WRITES = 30


def keep(rows: Iterable[Row], machine: str, profile: str | None) -> None:
    """Replace the rows that were measured now, and leave the others as they were."""
    told = json.loads(JSON.read_text()) if JSON.exists() else {}
    told |= {row.id: as_json(row) | {"machine": machine} for row in rows}
    JSON.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    text = MARKDOWN.read_text()
    known = [from_json(name, {k: v for k, v in row.items() if k != "machine"}) for name, row in told.items()]
    text = between(text, "table", markdown(known))
    text = between(text, "machine", f"{machine}\n")
    if profile is not None:
        text = between(text, "profile", f"```\n{profile}```\n")
    MARKDOWN.write_text(text)


def between(text: str, mark: str, new: str) -> str:
    """Return a text with what stands between two marks replaced. Raises ValueError when a mark is missing."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the marks of {mark} are missing")
    return before + begin + new + end + after


def machine_in_words(before: float) -> str:
    """Return what this machine is and how busy it was; before: the load average before anything was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} virtual cores, {memory:.0f} GB of memory, a disk that makes a write durable in "
        f"{_write_ms():.1f} ms, PostgreSQL 18 with fsync on the same machine; load average {before:.1f} before the "
        f"measurement, {os.getloadavg()[0]:.1f} at its end"
    )


def _write_ms() -> float:
    taken = []
    with NamedTemporaryFile() as file:
        for _ in range(WRITES):
            begun = CLOCK.monotonic()
            os.pwrite(file.fileno(), b"x" * 8192, 0)
            os.fdatasync(file.fileno())
            taken.append(CLOCK.monotonic() - begun)
    return median(taken) * 1000
