"""How the build grows with the warehouse, what a plain script takes, and what the marts spare an analyst.

    .venv/bin/python -m bench.scale --sizes 100 1000 10000 --report docs/benchmarks.md

For each size: a made ledger (``make_ledger``), one full build and judgement as `juesuan refresh` runs them,
the contradictions found, the same figures by the plain script floor.sql (and their equality), ten questions
to the marts and to the raw tables in Parquet (and their equality), and one more paper. Every measurement is a
process of its own; all of a size follow each other in one run, so that ratios stand under one load.
Processor time is what a busy machine leaves comparable; seconds by the clock stand beside it.
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
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.floor import differences, run_floor
from bench.make_ledger import PLANTED_FILE
from bench.measure import ROOT, Cost, add_one_paper, measure
from bench.models_alone import run_models
from bench.planted import Outcome, outcome
from bench.queries import Answer, ask_all, write_raw

SEED = 1
SHARE_PLANTED = 0.05
#: The growth is fitted from here on: below, what dbt costs without any document outweighs the documents.
FITTED_FROM = 1000
#: A one-paper refresh builds twice (the warehouse, then the paper), so it may be left out above a size.
PAPERS = ("dongxihu_operations_centre_2024_final.txt", "caidian_economy_2024_final.txt")


@dataclass(frozen=True)
class Measured:
    """All that was measured of one size.

    ``models`` is the models' SQL alone, ``floor`` the plain script. ``differences`` says what that and the
    marts tell differently; ``one_paper`` is None where it was left out.
    """

    documents: int
    ledger_bytes: int
    made: Cost
    built: Cost
    models: Cost
    floor: Cost
    differences: list[str]
    outcome: Outcome
    answers: list[Answer]
    one_paper: Cost | None

    @property
    def is_right(self) -> bool:
        """Whether all that was planted was found, nothing else, and the plain script says the same."""
        met = self.outcome
        return met.found == met.planted and met.errors_in_clean == 0 and not self.differences


@dataclass(frozen=True)
class Fixed:
    """What a refresh takes at any size: dbt with no model to run, and a second paper beside a first."""

    dbt_start: Cost
    paper_alone: Cost


def measure_fixed(folder: Path) -> Fixed:
    """Measure both in the new ``folder``."""
    alone = add_one_paper(None, [ROOT / "data" / name for name in PAPERS], folder)
    dbt = [sys.executable, "-m", "ingest.dbt_process", str(folder), "--quiet", "build"]
    options = ["--select", "no_such_model", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    place = ["--target-path", str(folder / "start"), "--log-path", str(folder / "start")]
    # The first time dbt parses the project; a refresh keeps its notes of it.
    measure([*dbt, *options, *place])
    return Fixed(measure([*dbt, *options, *place]), alone)


def measure_size(documents: int, folder: Path, with_one_paper: bool) -> Measured:
    """Make a ledger of a size in ``folder`` and measure everything over it."""
    ledger, build_file = folder / "ledger.duckdb", folder / "build" / "juesuan.duckdb"
    made = _child("make", ledger, str(documents))
    built = _child("build", ledger, build_file)
    (folder / "models").mkdir()
    models = _child("models", ledger, build_file, folder / "models" / build_file.name)
    floor = _child("floor", ledger, folder / "floor.duckdb")
    write_raw(ledger, folder / "raw")
    asked = _child("ask", build_file, folder / "raw")
    papers = [ROOT / "data" / name for name in PAPERS]
    return Measured(
        documents,
        ledger.stat().st_size,
        made,
        built,
        models,
        floor,
        differences(folder / "floor.duckdb", build_file),
        outcome(build_file, ledger.with_name(PLANTED_FILE)),
        [Answer(*answer) for answer in asked.said],
        add_one_paper(ledger, papers, folder / "warehouse") if with_one_paper else None,
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
    elif work == "build":
        from ingest.build import build_marts
        from ingest.judge import judge
        from ingest.progress import Stopwatch

        folder = Path(second).parent
        watch = Stopwatch()
        build_marts(first, Path(second), folder)
        building = watch.seconds
        judge(Path(second), folder / "data-docs")
        print(json.dumps({"building": building, "judging": watch.seconds - building}))


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
            " contradiction. A build is `dbt build` with all data tests, and the judgement by Great"
            " Expectations, as `juesuan refresh` runs them. Times are of processors (user and system, of the"
            " process and its children); by the clock in brackets. Other work may share the machine.",
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
    costs = [size.built.processor_seconds for size in sizes]
    base = sizes[0].built.processor_seconds / sizes[0].documents
    slope = exponent([size.documents for size in sizes], costs)
    fitted = [size for size in sizes if size.documents >= FITTED_FROM]
    told = (
        "The growth exponent needs two sizes from 1,000 documents on."
        if slope is None
        else f"Growth exponent of build and judgement from {fitted[0].documents:,} to"
        f" {fitted[-1].documents:,} documents: **{slope:.2f}** (1 is proportional)."
    )
    lines = [
        "## Growth",
        "",
        told,
        "",
        f"| documents | per document, {sizes[0].documents:,} = 1 | per document | build and judge |"
        " peak memory | contradictions found | errors in clean papers | cells named, of planted cells |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size, cost in zip(sizes, costs, strict=True):
        met = size.outcome
        lines.append(
            f"| {size.documents:,} | {cost / size.documents / base:.2f} |"
            f" {1000 * cost / size.documents:.0f} ms | {cost:.0f} s ({size.built.seconds:.0f} s) |"
            f" {_gigabytes(size.built.peak_bytes)} | {met.found} of {met.planted} | {met.errors_in_clean} |"
            f" {met.named} of {met.cells} |"
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
        " over one connection (`bench/models_alone.py`). What is more in the build are dbt, its tests and the"
        " judgement.",
        "",
        "| documents | build and judge, SQL alone = 1 | build and judge | SQL alone | memory of both |",
        "|---|---|---|---|---|",
    ]
    return [*lines, *(_beside(size, size.models) for size in sizes), ""]


def _beside(size: Measured, other: Cost) -> str:
    own = size.built
    return (
        f"| {size.documents:,} | {own.processor_seconds / other.processor_seconds:.1f} |"
        f" {own.processor_seconds:.0f} s ({own.seconds:.0f} s) |"
        f" {other.processor_seconds:.1f} s ({other.seconds:.1f} s) |"
        f" {_gigabytes(own.peak_bytes)}, {_gigabytes(other.peak_bytes)} |"
    )


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
        "| documents | build and judge, plain script = 1 | build and judge | plain script | memory of both |",
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
    told = [(size.documents, size.one_paper) for size in sizes if size.one_paper]
    start, alone = fixed.dbt_start.processor_seconds, fixed.paper_alone.processor_seconds
    lines = [
        "## One more paper",
        "",
        "`juesuan refresh` with one paper more on a published warehouse, from the start of the command to its"
        f" end. dbt with no model to run takes {start:.1f} s ({fixed.dbt_start.seconds:.1f} s). A second"
        " paper in a warehouse of one is what dbt's nodes and the judge take at any size, and the paper.",
        "",
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


def main() -> None:
    """Measure the sizes asked for, smallest first, and write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--report", type=Path, help="write the page here instead of on standard output")
    parser.add_argument("--work", type=Path, help="where the ledgers are made; they stay, if given")
    parser.add_argument(
        "--one-paper-up-to", type=int, default=10_000, help="largest size at which one more paper is added"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="juesuan-scale-") as temporary:
        work, measured = options.work or Path(temporary), []
        fixed = measure_fixed(Path(temporary) / "fixed")
        for documents in sorted(options.sizes):
            folder = work / str(documents)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            measured.append(measure_size(documents, folder, documents <= options.one_paper_up_to))
            print(f"{documents:,} documents measured", file=sys.stderr)
            if not options.work:
                shutil.rmtree(folder)
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
