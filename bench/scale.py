"""How the build grows with the warehouse, what a plain script takes, and what the marts spare an analyst.

    .venv/bin/python -m bench.scale --sizes 100 1000 10000 --report docs/benchmarks.md

For each size: a made ledger (``make_ledger``), `juesuan refresh` from nothing over it, the contradictions
found, the same marts by the models' SQL alone and the same figures by the plain script floor.sql (and their
equality), ten questions to the marts and to the raw tables in Parquet (and their equality), and one more
paper. Every measurement is a process of its own; all of a size follow each other in one run, so that ratios
stand under one load. Processor time is what a busy machine leaves comparable; seconds by the clock stand
beside it. With ``--work`` a run that was stopped goes on with the sizes that are missing.
"""

import argparse
import json
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.floor import differences, run_floor
from bench.make_ledger import PLANTED_FILE
from bench.measure import ROOT, Cost, measure, refresh
from bench.models_alone import compile_models, run_models
from bench.planted import Outcome, outcome
from bench.queries import Answer, ask_all, write_raw
from ingest.build import project_version
from ingest.last_build import FOLDER as LAST_BUILD
from ingest.publish import WAREHOUSE_FILE
from ingest.runs import read_runs
from ingest.store import LEDGER_FILE

SEED = 1
SHARE_PLANTED = 0.05
#: The growth is fitted from here on: below, what dbt costs without any document outweighs the documents.
FITTED_FROM = 1000
#: The paper that comes alone, and the one paper more.
PAPERS = [
    ROOT / "data" / name
    for name in ("dongxihu_operations_centre_2024_final.txt", "caidian_economy_2024_final.txt")
]
#: What a refresh of the made papers alone is given, since they lie in no file: it is set aside.
NO_PAPER = ROOT / "CITATION.cff"
#: What was measured of a size, beside its ledger.
MEASURED_FILE = "measured.json"


@dataclass(frozen=True)
class Measured:
    """All that was measured of one size.

    ``refreshed`` is `juesuan refresh` from nothing, ``phases`` its seconds by the clock by the name of the
    phase. ``models`` is the models' SQL alone, or None where it was left out, ``floor`` the plain script,
    ``differences`` what that and the marts tell differently. ``one_paper`` is the refresh with one more.
    """

    documents: int
    ledger_bytes: int
    made: Cost
    refreshed: Cost
    phases: dict[str, float]
    models: Cost | None
    floor: Cost
    differences: list[str]
    outcome: Outcome
    answers: list[Answer]
    one_paper: Cost

    @property
    def is_right(self) -> bool:
        """Whether all that was planted was found, nothing else, and the plain script says the same."""
        met = self.outcome
        return met.found == met.planted and met.errors_in_clean == 0 and not self.differences

    @property
    def judged_seconds(self) -> float:
        """Build and judgement by the clock."""
        return self.phases["building"] + self.phases["judging"]

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> "Measured":
        """From what ``asdict`` makes of it."""
        names = ("made", "refreshed", "models", "floor", "one_paper")
        costs = {name: Cost(**values[name]) for name in names if values[name]}
        answers = [Answer(**answer) for answer in values["answers"]]
        return cls(**values | costs | {"outcome": Outcome(**values["outcome"]), "answers": answers})


@dataclass(frozen=True)
class Fixed:
    """What a refresh takes at any size: dbt with no model to run, and a second paper beside a first."""

    dbt_start: Cost
    paper_alone: Cost


def measure_fixed(folder: Path) -> Fixed:
    """Measure both in the new ``folder``."""
    refresh(folder, PAPERS[:1])
    alone = refresh(folder, PAPERS)
    dbt = [sys.executable, "-m", "ingest.dbt_process", str(folder), "--quiet", "build"]
    options = ["--select", "no_such_model", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    place = ["--target-path", str(folder / "start"), "--log-path", str(folder / "start")]
    # The first time dbt parses the project; a refresh keeps its notes of it.
    measure([*dbt, *options, *place])
    return Fixed(measure([*dbt, *options, *place]), alone)


def measure_size(documents: int, folder: Path, with_models: bool) -> Measured:
    """Make a ledger of a size in the new ``folder`` and measure everything over it."""
    folder.mkdir(parents=True)
    ledger = folder / LEDGER_FILE
    made = _child("make", ledger, str(documents))
    ledger_bytes = ledger.stat().st_size
    refreshed = refresh(folder, [NO_PAPER])
    build_file = folder / LAST_BUILD / WAREHOUSE_FILE
    (phases,) = (run.phase_seconds for run in read_runs(folder))
    beside = folder / "beside"
    alone, floor_file = beside / "models" / WAREHOUSE_FILE, beside / "floor.duckdb"
    alone.parent.mkdir(parents=True)
    models = None
    if with_models:
        compile_models(ledger, alone)
        models = _child("models", ledger, build_file, alone)
    floor = _child("floor", ledger, floor_file)
    write_raw(ledger, beside / "raw")
    asked = _child("ask", build_file, beside / "raw")
    differ = differences(floor_file, build_file)
    met = outcome(build_file, folder / PLANTED_FILE)
    shutil.rmtree(beside)
    return Measured(
        documents=documents,
        ledger_bytes=ledger_bytes,
        made=made,
        refreshed=refreshed,
        phases=phases,
        models=models,
        floor=floor,
        differences=differ,
        outcome=met,
        answers=[Answer(*answer) for answer in asked.said],
        one_paper=refresh(folder, [NO_PAPER, PAPERS[1]]),
    )


def _child(work: str, *arguments: Path | str) -> Cost:
    return measure([sys.executable, "-m", "bench.scale", "--child", work, *map(str, arguments)])


def child(work: str, arguments: Sequence[str]) -> None:
    """One measured piece of work, in this process."""
    first, second = Path(arguments[0]), arguments[1]
    if work == "make":
        from bench.make_ledger import make_ledger

        make_ledger(first, int(second), round(SHARE_PLANTED * int(second)), SEED)
    elif work == "models":
        run_models(first, Path(second), Path(arguments[2]))
    elif work == "floor":
        run_floor(first, Path(second))
    elif work == "ask":
        answers = ask_all(first, Path(second))
        print(json.dumps([[a.words, a.marts_seconds, a.raw_seconds] for a in answers]))


# The report --------------------------------------------------------------------------------------


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float | None:
    """The slope of cost over size, both logarithmic (least squares); None for fewer than two sizes."""
    points = [
        (math.log(size), math.log(cost))
        for size, cost in zip(sizes, costs, strict=True)
        if size >= FITTED_FROM
    ]
    if len(points) < 2:
        return None
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return slope / sum((x - mean_x) ** 2 for x, _ in points)


def report(sizes: Sequence[Measured], fixed: Fixed) -> str:
    """What was measured, as a page: ratios first."""
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "`make bench` writes this page. The ledgers are made (`bench/make_ledger.py`, seed"
            f" {SEED}): papers that satisfy every identity, {SHARE_PLANTED:.0%} of them with one planted"
            " contradiction. A refresh is `juesuan refresh` over all of it from nothing, with all data tests,"
            " the judgement by Great Expectations and all that is published. Times are of processors (user"
            " and system, of the process and its children); by the clock in brackets. Other work may share"
            " the machine.",
            "",
            _machine(),
            "",
            *_growth(sizes),
            *_models(sizes),
            *_floor(sizes),
            *_questions(sizes[-1]),
            *_one_paper(sizes, fixed),
        ]
    )


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "great-expectations"))
    return (
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory,"
        f" {platform.system()}, Python {platform.python_version()}, {packages}. DuckDB may hold"
        f" {os.environ.get('JUESUAN_BUILD_MEMORY', '4GB')} in a build and has two threads."
    )


def _growth(sizes: Sequence[Measured]) -> list[str]:
    costs = [size.refreshed.processor_seconds for size in sizes]
    base = costs[0] / sizes[0].documents
    documents = [size.documents for size in sizes]
    whole = exponent(documents, costs)
    judged = exponent(documents, [size.judged_seconds for size in sizes])
    fitted = [size for size in documents if size >= FITTED_FROM]
    told = (
        "The growth exponent needs two sizes from 1,000 documents on."
        if whole is None or judged is None
        else f"Growth exponent from {fitted[0]:,} to {fitted[-1]:,} documents (1 is proportional):"
        f" **{whole:.2f}** of the refresh in processor time, **{judged:.2f}** of build and judgement by the"
        " clock."
    )
    lines = [
        "## Growth",
        "",
        told,
        "",
        f"| documents | per document, {sizes[0].documents:,} = 1 | per document | refresh |"
        " of it build and judgement | peak memory | contradictions found | errors in clean papers |"
        " cells named, of planted cells |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size, cost in zip(sizes, costs, strict=True):
        met = size.outcome
        lines.append(
            f"| {size.documents:,} | {cost / size.documents / base:.2f} |"
            f" {1000 * cost / size.documents:.0f} ms | {cost:.0f} s ({size.refreshed.seconds:.0f} s) |"
            f" ({size.judged_seconds:.0f} s) | {_gigabytes(size.refreshed.peak_bytes)} |"
            f" {met.found} of {met.planted} | {met.errors_in_clean} | {met.named} of {met.cells} |"
        )
    made = "; ".join(
        f"{size.documents:,} in {size.made.processor_seconds:.0f} s,"
        f" {_gigabytes(size.made.peak_bytes)}, {size.ledger_bytes / 2**20:.0f} MiB on disk"
        for size in sizes
    )
    return [*lines, "", f"Making the ledgers: {made}.", ""]


def _models(sizes: Sequence[Measured]) -> list[str]:
    lines = [
        "## Beside the models' SQL alone",
        "",
        "The same marts by one DuckDB script: the SQL of the models as dbt compiles it, one after the other"
        " over one connection (`bench/models_alone.py`). What is more in the refresh are dbt, its tests, the"
        " judgement and all files but the marts.",
        "",
        "| documents | build and judgement, SQL alone = 1 | refresh, SQL alone = 1 | refresh | SQL alone |"
        " memory of both |",
        "|---|---|---|---|---|---|",
    ]
    for size in sizes:
        if size.models:
            judged = f"{size.judged_seconds / size.models.seconds:.1f} (by the clock)"
            lines.append(_beside(size, size.models, judged))
    return [*lines, ""]


def _beside(size: Measured, other: Cost, *further: str) -> str:
    own = size.refreshed
    cells = [
        f"{size.documents:,}",
        *further,
        f"{own.processor_seconds / other.processor_seconds:.1f}",
        f"{own.processor_seconds:.0f} s ({own.seconds:.0f} s)",
        f"{other.processor_seconds:.1f} s ({other.seconds:.1f} s)",
        f"{_gigabytes(own.peak_bytes)}, {_gigabytes(other.peak_bytes)}",
    ]
    return f"| {' | '.join(cells)} |"


def _floor(sizes: Sequence[Measured]) -> list[str]:
    equal = not any(size.differences for size in sizes)
    lines = [
        "## Beside a plain script",
        "",
        "`bench/floor.sql` computes the same figures without dbt: its head says what it covers and what not.",
        "",
        *[
            f"It differs over {size.documents:,} documents: {told}."
            for size in sizes
            for told in size.differences
        ],
        *(["Its totals and the errors it finds equal the marts' in this run."] if equal else []),
        "",
        "| documents | refresh, plain script = 1 | refresh | plain script | memory of both |",
        "|---|---|---|---|---|",
    ]
    lines += [_beside(size, size.floor) for size in sizes]
    return [*lines, ""]


def _questions(size: Measured) -> list[str]:
    lines = [
        "## Ten questions",
        "",
        f"Over {size.documents:,} documents, to the marts and to the ledger's tables in Parquet; the answers"
        " are equal. Medians by the clock.",
        "",
        "| question | raw tables, marts = 1 | marts | raw tables |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {answer.words} | {answer.raw_seconds / answer.marts_seconds:.1f} |"
        f" {1000 * answer.marts_seconds:.1f} ms | {1000 * answer.raw_seconds:.1f} ms |"
        for answer in size.answers
    ]
    return [*lines, ""]


def _one_paper(sizes: Sequence[Measured], fixed: Fixed) -> list[str]:
    told = [(size.documents, size.one_paper) for size in sizes]
    start, alone = fixed.dbt_start.processor_seconds, fixed.paper_alone.processor_seconds
    fitted = [size for size in sizes if size.documents >= FITTED_FROM]
    grown = []
    if len(fitted) > 1:
        small, large = fitted[0], fitted[-1]
        times = large.one_paper.processor_seconds / small.one_paper.processor_seconds
        grown = [f"{large.documents:,} documents take {times:.1f} times what {small.documents:,} take.", ""]
    lines = [
        "## One more paper",
        "",
        "`juesuan refresh` with one paper more on a published warehouse, from the start of the command to its"
        f" end. dbt with no model to run takes {start:.1f} s ({fixed.dbt_start.seconds:.1f} s). A second"
        " paper in a warehouse of one is what dbt's nodes and the judge take at any size, and the paper.",
        "",
        *grown,
        "| documents | a second paper = 1 | refresh | peak memory |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {documents:,} | {cost.processor_seconds / alone:.2f} |"
        f" {cost.processor_seconds:.0f} s ({cost.seconds:.0f} s) | {_gigabytes(cost.peak_bytes)} |"
        for documents, cost in [(1, fixed.paper_alone), *told]
    ]
    return [*lines, ""]


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"


def _measured(documents: int, folder: Path, with_models: bool) -> Measured:
    """Of a size, by a run before of the same code or anew; the warehouse itself does not stay."""
    file = folder / MEASURED_FILE
    version = project_version()
    if file.is_file():
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["project_version"] == version:
            return Measured.from_plain(kept["measured"])
    shutil.rmtree(folder, ignore_errors=True)
    measured = measure_size(documents, folder, with_models)
    shutil.rmtree(folder)
    folder.mkdir()
    kept = {"project_version": version, "measured": asdict(measured)}
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return measured


def main() -> None:
    """Measure the sizes asked for, smallest first, and write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--report", type=Path, help="write the page here instead of on standard output")
    parser.add_argument("--work", type=Path, help="where the warehouses are made; what was measured stays")
    parser.add_argument(
        "--models-up-to", type=int, default=10_000, help="largest size at which the models' SQL runs alone"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="juesuan-scale-") as temporary:
        work, measured = options.work or Path(temporary), []
        fixed = measure_fixed(Path(temporary) / "fixed")
        for documents in sorted(options.sizes):
            measured.append(_measured(documents, work / str(documents), documents <= options.models_up_to))
            print(f"{documents:,} documents measured", file=sys.stderr)
            # A run that is stopped leaves what it has.
            page = report(measured, fixed)
            if options.report:
                options.report.write_text(page, encoding="utf-8")
    if not options.report:
        print(page)
    sys.exit(not all(size.is_right for size in measured))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        main()
