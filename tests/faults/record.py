"""Run a long campaign and write its result into docs/faults.md: ``python -m tests.faults.record crashes``.

With files behind the name, the results (JUnit) of parts that were run before are written, and nothing runs.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "faults.md"
CAMPAIGNS = {"crashes": "tests/faults/test_crashes.py", "mutants": "tests/faults/test_mutants.py"}


def main() -> int:
    campaign, *parts = sys.argv[1:]
    results, output = [Path(part) for part in parts], ""
    if not results:
        results = [ROOT / "build" / f"{campaign}.xml"]
        results[0].parent.mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pytest",
            CAMPAIGNS[campaign],
            "-q",
            "-s",
            f"--junitxml={results[0]}",
        ]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        output = done.stdout
        print(output[-4000:])
        if done.returncode:
            return done.returncode
    suites = [suite for file in results for suite in ElementTree.parse(file).iter("testsuite")]
    minutes = sum(float(suite.get("time", "0")) for suite in suites) / 60
    lines = [
        f"Last run {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes on {os.cpu_count()} cores, Python"
        f" {sys.version.split()[0]}.",
        "",
        *(_of_mutants(output) if campaign == "mutants" else _of_tests(suites)),
    ]
    page = PAGE.read_text(encoding="utf-8")
    mark = f"<!-- {campaign} -->"
    start = page.index(mark) + len(mark)
    end = page.index("<!-- end -->", start)
    PAGE.write_text(f"{page[:start]}\n" + "\n".join(lines) + f"\n{page[end:]}", encoding="utf-8")
    return 0


def _of_tests(suites: Sequence[ElementTree.Element]) -> list[str]:
    """A row for each fault: how often it was done, and how often all held."""
    counts: dict[str, list[int]] = {}
    for case in (case for suite in suites for case in suite.iter("testcase")):
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
