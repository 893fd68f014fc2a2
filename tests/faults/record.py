"""Run a long campaign and write its result into docs/faults.md: ``python -m tests.faults.record crashes``."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "faults.md"
CAMPAIGNS = {"crashes": "tests/faults/test_crashes.py", "mutants": "tests/faults/test_mutants.py"}


def main() -> int:
    campaign = sys.argv[1]
    results = ROOT / "build" / f"{campaign}.xml"
    results.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", CAMPAIGNS[campaign], "-q", "-s", f"--junitxml={results}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout[-4000:])
    minutes = (time.monotonic() - began) / 60
    if done.returncode:
        print("not recorded: it failed")
        return done.returncode
    lines = [
        f"Last run {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes on {os.cpu_count()} cores, Python"
        f" {sys.version.split()[0]}.",
        "",
        *(_of_mutants(done.stdout) if campaign == "mutants" else _of_tests(results)),
    ]
    page = PAGE.read_text(encoding="utf-8")
    mark = f"<!-- {campaign} -->"
    start = page.index(mark) + len(mark)
    end = page.index("<!-- end -->", start)
    PAGE.write_text(f"{page[:start]}\n" + "\n".join(lines) + f"\n{page[end:]}", encoding="utf-8")
    return done.returncode


def _of_tests(results: Path) -> list[str]:
    """A row for each fault: how often it was done, and how often all held."""
    counts: dict[str, list[int]] = {}
    for case in ElementTree.parse(results).iter("testcase"):
        name = re.sub(r"\[.*", "", case.get("name", "")).removeprefix("test_").replace("_", " ")
        row = counts.setdefault(name, [0, 0, 0])
        row[0] += 1
        row[1] += case.find("failure") is None and case.find("error") is None and case.find("skipped") is None
        row[2] += case.find("skipped") is not None
    rows = [f"| {name} | {done} | {held} | {skipped} |" for name, (done, held, skipped) in counts.items()]
    return ["| fault | times | held | skipped |", "|---|---|---|---|", *rows]


def _of_mutants(output: str) -> list[str]:
    """A row for each end of a file."""
    (line,) = re.findall(r'\{"files": .*\}', output)
    result = json.loads(line)
    reading = result["reading"]
    return [
        f"{result['files']} files, {reading['documents']} of different content, read in"
        f" {reading['seconds'] / 60:.0f} minutes by {reading['jobs']} processes; the largest held"
        f" {reading['peak_worker_memory_bytes'] / 2**20:.0f} MiB.",
        "",
        "| end | files |",
        "|---|---|",
        *(f"| {end} | {files} |" for end, files in result["ends"].items()),
    ]


if __name__ == "__main__":
    sys.exit(main())
