"""A refresh that a fault is done to: run as ``python -m tests.faults.job WAREHOUSE real|light PAPER…``.

The clock stands still, so that two ledgers of the same papers are equal to the last byte of every row.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from ingest.errors import JuesuanError
from ingest.refresh import ExitCode, PublishingOptions, ReadingOptions, refresh
from tests import light

NOON = datetime(2026, 1, 2, 12)


def main() -> int:
    warehouse, build, *papers = sys.argv[1:]
    if build == "light":
        light.install()
    try:
        report = refresh(
            [Path(paper) for paper in papers],
            Path(warehouse),
            options=ReadingOptions(jobs=1),
            publishing=PublishingOptions(wait=60),
            clock=lambda: NOON,
        )
    except JuesuanError as error:
        print(json.dumps({"exit_code": ExitCode.FAILED, "message": str(error), "notes": []}))
        return int(ExitCode.FAILED)
    print(json.dumps(report.as_dict(), ensure_ascii=False))
    return int(report.exit_code)


if __name__ == "__main__":
    sys.exit(main())
