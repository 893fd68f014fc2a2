"""The examples for schedulers: each is checked by the scheduler's own tool where it is at hand, and run."""

import ast
import configparser
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import typer
import yaml

from ingest.cli import app
from tests.conftest import ROOT

SCHEDULE = ROOT / "docs" / "schedule"
UNITS = [*sorted(path.name for path in SCHEDULE.glob("*.service")), "juesuan-refresh.timer"]
CRON = SCHEDULE / "juesuan.cron"
GOOD, BAD = (0, 3, 4), (1, 2)


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SCHEDULE / name, encoding="utf-8")
    return parser


def cron_line() -> str:
    (line,) = (line for line in CRON.read_text(encoding="utf-8").splitlines() if re.match(r"[\d*]", line))
    return line


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SCHEDULE / "github-actions.yml").read_text(encoding="utf-8"))
    return found


def scripts() -> Iterator[str]:
    for job in workflow()["jobs"].values():
        yield from (step["run"] for step in job["steps"] if "run" in step)


def commands() -> list[list[str]]:
    """Every call of juesuan in the examples, as words."""
    texts = [unit(name)["Service"]["ExecStart"] for name in UNITS if name.endswith(".service")]
    texts += [cron_line(), *scripts()]
    calls = [call for text in texts for call in re.findall(r"juesuan ((?:fetch|refresh) [^\n;|>]*)", text)]
    found = [shlex.split(re.sub(r"\s\d$", "", call)) for call in calls]
    for node in ast.walk(ast.parse((SCHEDULE / "dagster_job.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.List) and node.elts and ast.unparse(node.elts[0]) == "'juesuan'":
            found.append(ast.literal_eval(node)[1:])
    return found


def test_every_example_fetches_and_refreshes() -> None:
    assert sorted(words[0] for words in commands()) == ["fetch"] * 4 + ["refresh"] * 4


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[0])
def test_the_command_line_takes_the_calls(words: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group | typer.core.TyperGroup)
    command = group.commands[words[0]]
    context = command.make_context(words[0], words[1:])
    assert context.params["inbox"] == Path(words[words.index("--inbox") + 1])
    with pytest.raises(Exception, match="no-such-option"):
        command.make_context(words[0], [*words[1:], "--no-such-option"])


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A juesuan that notes its words and ends with the code in a file, and a logger that logs nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    here = shlex.quote(str(tmp_path))
    lines = (f'echo "$@" >>{here}/calls', """echo '{"message": "told"}'""", f"exit $(cat {here}/$1.code)")
    (folder / "juesuan").write_text("\n".join(["#!/bin/sh", *lines]) + "\n", encoding="utf-8")
    (folder / "logger").write_text("#!/bin/sh\ncat >/dev/null\n", encoding="utf-8")
    for name in ("juesuan", "logger"):
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    for name in ("fetch", "refresh"):
        (tmp_path / f"{name}.code").write_text("0")
    return tmp_path


# systemd


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not at hand")
    for item in UNITS:
        text = (SCHEDULE / item).read_text(encoding="utf-8")
        (tmp_path / item).write_text(text.replace("/opt/juesuan/.venv/bin/juesuan", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_services_are_shut_in(name: str) -> None:
    service = unit(name)["Service"]
    asked = {"ProtectSystem": "strict", "PrivateTmp": "yes", "NoNewPrivileges": "yes", "ProtectHome": "yes"}
    assert {key: service[key] for key in asked} == asked
    assert service["ReadWritePaths"] == "/var/lib/juesuan"
    assert service["User"] == "juesuan"
    assert {int(code) for code in service["SuccessExitStatus"].split()} | {0} == set(GOOD)
    assert service["MemoryMax"].endswith("G")
    assert service.get("PrivateNetwork") == (None if "fetch" in name else "yes")
    if shutil.which("systemd-analyze"):
        call = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(SCHEDULE / name)]
        done = subprocess.run(call, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-300:]


def test_the_services_memory_holds_its_papers() -> None:
    service = unit("juesuan-refresh.service")["Service"]
    words = shlex.split(service["ExecStart"])
    jobs, limit = (int(words[words.index(option) + 1]) for option in ("--jobs", "--memory-limit"))
    assert int(service["MemoryMax"].rstrip("G")) * 1024 > jobs * limit


# cron


def test_cron_takes_the_line() -> None:
    fields = cron_line().split(None, 6)
    assert fields[:6] == ["30", "2", "*", "*", "*", "juesuan"]
    assert "%" not in fields[6]
    if shutil.which("crontab"):
        usage = subprocess.run(["crontab", "-h"], capture_output=True, text=True)
        if "-n\t" in usage.stdout + usage.stderr:
            done = subprocess.run(["crontab", "-n", str(CRON)], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("fetched", [0, 1])
@pytest.mark.parametrize("code", [*GOOD, *BAD])
def test_cron_mails_failures_alone(stub: Path, code: int, fetched: int) -> None:
    (stub / "refresh.code").write_text(str(code))
    (stub / "fetch.code").write_text(str(fetched))
    line = cron_line().split(None, 6)[6].replace("/var/lib/juesuan", shlex.quote(str(stub)))
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True)
    assert (done.stdout != "") == (code in BAD)
    assert done.stderr == ""
    assert [line.split()[0] for line in (stub / "calls").read_text().splitlines()] == ["fetch", "refresh"]


def test_cron_does_nothing_without_its_folder(stub: Path) -> None:
    line = cron_line().split(None, 6)[6].replace("/var/lib/juesuan", shlex.quote(str(stub / "none")))
    assert subprocess.run(["/bin/sh", "-c", line], capture_output=True).returncode != 0
    assert not (stub / "calls").exists()


# GitHub Actions


def test_the_workflow_keeps_to_the_schema() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    call = [str(program), "--builtin-schema", "vendor.github-workflows", str(SCHEDULE / "github-actions.yml")]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("code", [*GOOD, *BAD])
def test_the_workflow_goes_on_or_fails(stub: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    (stub / "juesuan" / ".venv").mkdir(parents=True)
    (stub / "juesuan" / ".venv" / "bin").symlink_to(stub / "bin")
    monkeypatch.setenv("GITHUB_OUTPUT", str(stub / "output"))
    for name in ("fetch", "refresh"):
        (stub / f"{name}.code").write_text(str(code))
    steps = [script for script in scripts() if "bin/juesuan" in script]
    assert len(steps) == 2
    for script in steps:
        done = subprocess.run(["bash", "-e", "-c", script], capture_output=True, text=True)
        assert done.returncode == (code if code in BAD else 0)
    assert (stub / "output").read_text() == f"code={code}\n"
    assert json.loads((stub / "report.json").read_text()) == {"message": "told"}


# Dagster


def dagster_job() -> ModuleType:
    pytest.importorskip("dagster", reason="dagster is not installed; it is not needed otherwise")
    spec = importlib.util.spec_from_file_location("dagster_job", SCHEDULE / "dagster_job.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("code", [*GOOD, *BAD])
def test_dagster_runs_the_example(stub: Path, code: int) -> None:
    job = dagster_job()
    (stub / "refresh.code").write_text(str(code))
    done = job.dg.materialize([job.inbox, job.warehouse], raise_on_error=False)
    assert done.success == (code in GOOD)
    calls = [line.split()[0] for line in (stub / "calls").read_text().splitlines()]
    assert calls == ["fetch", "refresh"]
    assert job.defs.resolve_schedule_def("nightly").cron_schedule == "30 2 * * *"
