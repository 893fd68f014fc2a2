"""A stranger's question to the published file, in a process of its own, with limits that hold.

The file is open read-only without access to other files or networks, as for every reader; beyond that one
SELECT is answered, within limits of time, memory and size. Whatever the SQL does to its process, the
caller goes on.
"""

import contextlib
import json
import math
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from ingest.errors import JuesuanError

#: What the process may take of the machine beyond DuckDB's own limit, whatever DuckDB thinks of it.
ADDRESS_SPACE = 4 << 30
#: Seconds in which a query that was told to stop may end by itself before its process is killed.
GRACE_SECONDS = 3.0
EXIT_REFUSED = 3


@dataclass(frozen=True)
class Limits:
    """Of one question: rows, characters of a cell and of all cells, seconds, and DuckDB's memory."""

    rows: int = 1_000
    cell: int = 2_000
    characters: int = 200_000
    seconds: float = 10.0
    memory: str = "512MiB"


def ask(warehouse: Path, sql: str, limits: Limits) -> dict[str, Any]:
    """Columns and rows (as JSON values, amounts as text with their decimals) of one SELECT.

    ``cut`` is null, or says in which way the answer is not whole. Raises JuesuanError with the reason
    where the question is refused, wrong, too long or too large.
    """
    request = json.dumps({"warehouse": str(warehouse), "sql": sql, "limits": asdict(limits)})
    try:
        # -P: what lies in the folder where the caller was started is no part of this program.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ingest.asking"],
            input=request,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=limits.seconds + GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise JuesuanError(_too_slow(limits)) from None
    if done.returncode == EXIT_REFUSED:
        raise JuesuanError(done.stdout)
    if done.returncode != 0:
        raise JuesuanError(f"the query ended its process (exit code {done.returncode}); ask for less")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _answer(warehouse: Path, sql: str, limits: Limits) -> dict[str, Any]:
    import duckdb

    from ingest.publish import open_published

    # Without a folder for temporary files nothing is written beside the publication.
    settings = {"memory_limit": limits.memory, "temp_directory": "", "threads": "2"}
    # Never closed: closing waits for what a half-read query still computes. The process ends instead.
    db = open_published(warehouse, settings)
    try:
        statements = db.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise JuesuanError("only one SELECT is answered; the warehouse is read-only")
        with _interrupted_after(limits.seconds, db):
            result = db.execute(sql)
            columns = [item[0] for item in result.description or []]
            rows = result.fetchmany(limits.rows + 1)
    except duckdb.InterruptException:
        raise JuesuanError(_too_slow(limits)) from None
    except (duckdb.OutOfMemoryException, MemoryError):
        raise JuesuanError(
            f"stopped: the query needs more than {limits.memory} of memory; ask for less"
        ) from None
    except duckdb.Error as error:
        raise JuesuanError(f"the query failed: {error}") from None
    return {"columns": columns, **_cut(rows, limits)}


def _cut(rows: list[tuple[Any, ...]], limits: Limits) -> dict[str, Any]:
    """The rows as JSON values, no longer than the limits say."""
    kept: list[list[Any]] = []
    cuts: list[str] = []
    characters = 0
    for row in rows[: limits.rows]:
        values = [_plain(value) for value in row]
        for position, value in enumerate(values):
            if isinstance(value, str) and len(value) > limits.cell:
                values[position] = value[: limits.cell] + "…"
                cuts.append(f"cells are cut at {limits.cell} characters")
        characters += sum(len(str(value)) for value in values)
        if characters > limits.characters:
            cuts.append(
                f"only the first {len(kept)} rows: the answer would pass {limits.characters} characters"
            )
            break
        kept.append(values)
    if len(rows) > limits.rows and len(kept) == limits.rows:
        cuts.append(f"only the first {limits.rows} rows: there are more; aggregate, or order and filter")
    return {"rows": kept, "cut": "; ".join(dict.fromkeys(cuts)) or None}


def _plain(value: Any) -> Any:
    """Numbers that JSON holds exactly stay numbers; everything else is text, lists as JSON."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


@contextlib.contextmanager
def _interrupted_after(seconds: float, db: Any) -> Iterator[None]:
    timer = threading.Timer(seconds, db.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _too_slow(limits: Limits) -> str:
    return f"stopped after {limits.seconds:g} seconds; ask for less: filter, or aggregate fewer rows"


def main() -> NoReturn:
    """Answer the request on standard input: JSON on standard output, or a reason and EXIT_REFUSED."""
    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    code = EXIT_REFUSED
    try:
        answer = _answer(Path(request["warehouse"]), request["sql"], Limits(**request["limits"]))
        told, code = json.dumps(answer, ensure_ascii=False), 0
    except FileNotFoundError:
        told = "nothing is published; run juesuan refresh first"
    except JuesuanError as error:
        told = str(error)
    sys.stdout.write(told)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
