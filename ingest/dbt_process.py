"""dbt as a child that ends with its parent: what ``python -m ingest.dbt_process ARGUMENTS…`` runs.

A killed job must not leave a dbt behind that holds the ledger and writes where the next job builds. The
parent keeps the other end of standard input open as long as it lives.
"""

import gc
import os
import resource
import sys
import threading
from pathlib import Path

#: Where the most memory that the process held is written, in the folder of its target.
PEAK_FILE = "peak_memory_bytes"


def main() -> None:
    """Run dbt on the arguments behind the first, which is the folder for ``PEAK_FILE``."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    folder, *arguments = sys.argv[1:]
    from dbt.cli.main import cli

    # What dbt holds it holds to its end: looking for garbage in it took a quarter of a small build.
    gc.set_threshold(100_000, 50, 1000)

    sys.argv = ["dbt", *arguments]
    try:
        cli()
    finally:
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        file = Path(folder, PEAK_FILE)
        # What is run again in a folder does not make less of what ran there before.
        before = int(file.read_text(encoding="ascii")) if file.is_file() else 0
        file.write_text(str(max(peak, before)), encoding="ascii")


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
