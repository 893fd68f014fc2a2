"""Dagster: `dagster dev -f dagster_job.py`, in the folder of sources.yml, inbox and warehouse."""

import json
import subprocess

import dagster as dg

GOOD = {0, 3, 4}  # done; done, some left out; nothing new


@dg.asset
def inbox() -> None:
    """Published papers."""
    done = subprocess.run(["juesuan", "fetch", "sources.yml", "--inbox", "inbox"], check=False)
    if done.returncode not in GOOD:
        raise dg.Failure(f"juesuan fetch ended with {done.returncode}")


@dg.asset(deps=[inbox])
def warehouse() -> dg.MaterializeResult:
    """The publication; the report of the refresh becomes its metadata."""
    command = ["juesuan", "refresh", "--inbox", "inbox", "--warehouse", "warehouse", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    report = json.loads(done.stdout)
    if done.returncode not in GOOD:
        raise dg.Failure(report["message"], metadata={"report": report})
    return dg.MaterializeResult(metadata={"message": report["message"], "report": report})


defs = dg.Definitions(
    assets=[inbox, warehouse],
    schedules=[dg.ScheduleDefinition("nightly", cron_schedule="30 2 * * *", target="*")],
)
