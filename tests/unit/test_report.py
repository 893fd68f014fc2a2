"""Where a report goes: the published schemas, logs, metrics and webhook."""

import json
import logging
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from ingest import metrics
from ingest.cli import app
from ingest.fetch.job import FetchReport, Item
from ingest.logs import LOGGER, logged_steps, logging_as
from ingest.progress import Step
from ingest.refresh import ExitCode, Outcome, RefreshReport
from ingest.report import Channels, hand_over
from ingest.webhook import post_report
from tests.conftest import ROOT
from tests.misbehaving import FakeClock, Misbehaving, in_turn, redirect, serve, status

REFRESH = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
FETCH = json.loads((ROOT / "docs" / "fetch-report.schema.json").read_text(encoding="utf-8"))
RUNNER = CliRunner()
SECRET = "/services/a-long-secret"


def check(schema: dict[str, Any], report: object) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema, jsonschema.Draft202012Validator)


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    running = Misbehaving(FakeClock())
    yield running
    running.close()


# Schemas


@pytest.mark.parametrize(
    ("schema", "of"),
    [
        (REFRESH, RefreshReport),
        (REFRESH["$defs"]["document"], Outcome),
        (FETCH, FetchReport),
        (FETCH["$defs"]["item"], Item),
    ],
    ids=["refresh", "document", "fetch", "item"],
)
def test_schemas_and_reports_have_the_same_properties(schema: dict[str, Any], of: type) -> None:
    names = [item.name for item in fields(of)]
    assert sorted(schema["properties"]) == sorted(names)
    assert sorted(schema["required"]) == sorted(names)


BAD = Outcome("a.pdf", "0" * 64, "quarantined", "no_form", "it has no form", "check it")


@pytest.mark.parametrize(
    "report",
    [
        RefreshReport(),
        RefreshReport(exit_code=ExitCode.PUBLISHED, message="published", warehouse="w", publication="000001"),
        RefreshReport(exit_code=7, message="odd", warehouse="w"),
        RefreshReport(
            exit_code=4, message="nothing new", warehouse="w", documents=[Outcome("a", "1", "known")]
        ),
        RefreshReport(exit_code=4, message="nothing new", warehouse="w", counts={"documents": -1}),
    ],
)
def test_the_schema_refuses_what_is_no_report(report: RefreshReport) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(REFRESH, report.as_dict())


def test_the_schema_knows_quarantine(published_like: RefreshReport) -> None:
    check(REFRESH, published_like.as_dict())
    published_like.documents.append(BAD)
    with pytest.raises(jsonschema.ValidationError):
        check(REFRESH, published_like.as_dict())
    published_like.exit_code = ExitCode.QUARANTINED
    check(REFRESH, published_like.as_dict())


@pytest.fixture
def published_like() -> RefreshReport:
    return RefreshReport(
        exit_code=ExitCode.PUBLISHED,
        message="published 1 documents",
        warehouse="w",
        publication="000001",
        extractor_version="0123456789ab",
        project_version="ba9876543210",
        documents=[Outcome("a.pdf", "1" * 64, "loaded")],
        counts=dict.fromkeys(("documents", "cells", "claims", "projects", "errors", "findings"), 1),
        judged={
            "evaluated": 3,
            "successful": 1,
            "unsuccessful_rules": ["R-cross-01"],
            "not_evaluated_rules": ["R-cross-02", "R-cross-03"],
        },
        reading={
            "documents": 1,
            "jobs": 1,
            "seconds": 0.5,
            "documents_per_second": 2.0,
            "peak_worker_memory_bytes": 1 << 20,
        },
    )


def test_reports_of_failures_are_valid_too(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refreshed = RUNNER.invoke(
        app, ["refresh", str(tmp_path / "empty"), "--warehouse", str(tmp_path / "wh"), "--json"]
    )
    assert refreshed.exit_code == 1
    check(REFRESH, json.loads(refreshed.stdout))
    (tmp_path / "file").touch()
    (tmp_path / "sources.yml").write_text("sources:\n- {name: a, urls: ['https://a.test/x']}\n")
    fetched = RUNNER.invoke(
        app, ["fetch", str(tmp_path / "sources.yml"), "--inbox", str(tmp_path / "file" / "inbox"), "--json"]
    )
    assert fetched.exit_code == 1
    check(FETCH, json.loads(fetched.stdout))


# The command fetch, as a scheduler runs it


def test_fetch_reports_to_everyone(server: Misbehaving, tmp_path: Path) -> None:
    paper = b"%PDF-1.7\n%%EOF\n"
    server.answers |= {"/a.pdf": serve(paper), "/hook": status(204), "/b.pdf": status(404)}
    (tmp_path / "sources.yml").write_text(
        f"sources:\n- name: here\n  urls: [{server.url('/a.pdf')}, {server.url('/b.pdf')}]\n"
        "manners: {delay_seconds: 0}\n",
        encoding="utf-8",
    )
    arguments = ["fetch", str(tmp_path / "sources.yml"), "--inbox", str(tmp_path / "inbox"), "--json"]
    arguments += ["--metrics", str(tmp_path / "fetch.prom"), "--webhook", server.url("/hook")]
    refused = RUNNER.invoke(app, arguments)
    assert refused.exit_code == 1
    assert "--allow-private" in refused.stdout
    assert [seen.path for seen in server.seen] == ["/hook"]

    done = RUNNER.invoke(app, [*arguments, "--allow-private", "127.0.0.1", "--log-format", "json"])
    assert done.exit_code == 3
    report = json.loads(done.stdout)
    check(FETCH, report)
    assert [item["status"] for item in report["items"]] == ["fetched", "failed"]
    assert json.loads(server.asked("/hook")[-1].body) == report
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert (lines[-1]["message"], lines[-1]["exit_code"]) == ("1 fetched, 1 failed", 3)
    values = _values(tmp_path / "fetch.prom")
    assert values["juesuan_urls", "fetched"] == 1
    assert values["juesuan_run_exit_code", "fetch"] == 3


# Logs


def test_json_logs_are_one_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_as("json"):
        steps = logged_steps()
        steps(Step("reading", 1, 3, 2.0, ("a\n\u202e.pdf",)))
        steps(Step("reading", 2, 3, 2.1))
        steps(Step("publishing"))
        logging.getLogger("juesuan.webhook").warning("not %s", "taken")
        try:
            raise ValueError("odd")
        except ValueError:
            LOGGER.exception("broken")
    first, second, third, fourth = map(json.loads, capfd.readouterr().err.splitlines())
    assert datetime.fromisoformat(first["time"]).tzinfo == UTC
    assert (first["step"], first["done"], first["total"], first["per_second"]) == ("reading", 1, 3, 0.5)
    assert first["now"] == ["a\n\u202e.pdf"]
    assert second["message"] == "publishing"
    assert (third["level"], third["message"]) == ("warning", "not taken")
    assert "ValueError: odd" in fourth["exception"]


def test_text_logs_tell_warnings_alone(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_as("text"):
        LOGGER.info("detail")
        LOGGER.warning("careful")
    LOGGER.warning("after the run")
    assert capfd.readouterr().err == "juesuan: WARNING: careful\n"


# Metrics


def _values(path: Path) -> dict[tuple[str, ...], float]:
    text = path.read_text(encoding="utf-8")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_the_run_and_what_stands(published_like: RefreshReport, tmp_path: Path) -> None:
    published_like.documents.append(BAD)
    report = published_like.as_dict()
    ended = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
    registry = metrics.run_metrics("refresh", report, ended, 12.5)
    manifest = {
        "published_at": "2026-11-01T03:00:00+00:00",
        "counts": {"cells": 7},
        "judged": report["judged"],
    }
    metrics.add_refresh(registry, report, manifest)
    path = tmp_path / "juesuan.prom"
    path.write_text("old\n")
    metrics.write_metrics(path, registry)
    assert _values(path) == {
        ("juesuan_run_timestamp_seconds", "refresh"): ended.timestamp(),
        ("juesuan_run_duration_seconds", "refresh"): 12.5,
        ("juesuan_run_exit_code", "refresh"): 0,
        ("juesuan_documents", "loaded"): 1,
        ("juesuan_documents", "known"): 0,
        ("juesuan_documents", "quarantined"): 1,
        ("juesuan_reading_documents",): 1,
        ("juesuan_reading_jobs",): 1,
        ("juesuan_reading_seconds",): 0.5,
        ("juesuan_reading_documents_per_second",): 2,
        ("juesuan_reading_peak_worker_memory_bytes",): 1 << 20,
        ("juesuan_publication_timestamp_seconds",): ended.timestamp() - 86400,
        ("juesuan_published", "cells"): 7,
        ("juesuan_rules", "satisfied"): 1,
        ("juesuan_rules", "broken"): 1,
        ("juesuan_rules", "not_evaluated"): 2,
    }
    assert [item.name for item in tmp_path.iterdir()] == ["juesuan.prom"]


def test_metrics_that_cannot_be_written_leave_the_run_alone(
    published_like: RefreshReport, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    published_like.warehouse = str(tmp_path)
    shown: list[str] = []
    channels = Channels(metrics=tmp_path / "none" / "juesuan.prom")
    hand_over("refresh", published_like, 1.0, channels, lambda report: shown.append(report.message))
    assert shown == ["published 1 documents"]
    assert "could not be written" in caplog.text


# Webhook


def test_the_webhook_gets_the_report(server: Misbehaving) -> None:
    server.answers[SECRET] = in_turn(status(500), status(429), status(204))
    slept: list[float] = []
    assert post_report(server.url(SECRET), {"message": "决算"}, "refresh", slept.append)
    assert [json.loads(seen.body) for seen in server.seen] == 3 * [{"message": "决算"}]
    assert slept == [2.0, 4.0]
    assert server.seen[-1].headers["Juesuan-Command"] == "refresh"


@pytest.mark.parametrize(
    ("answer", "tries"),
    [(status(500), 3), (status(404), 1), (redirect("/other"), 1)],
    ids=["500", "404", "302"],
)
def test_a_webhook_that_fails_is_a_warning(
    server: Misbehaving, caplog: pytest.LogCaptureFixture, answer: Any, tries: int
) -> None:
    server.answers |= {SECRET: answer, "/other": serve(b"")}
    assert not post_report(server.url(SECRET), {}, "refresh", lambda _: None)
    assert [seen.path for seen in server.seen] == [SECRET] * tries
    assert "did not take the report" in caplog.text
    assert "secret" not in caplog.text


def test_a_webhook_that_is_not_there_is_a_warning(
    server: Misbehaving, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.close()
    monkeypatch.setenv("ALL_PROXY", server.url("/"))
    assert not post_report(server.url(SECRET), {}, "refresh", lambda _: None)
    assert "(ConnectError)" in caplog.text


@pytest.mark.parametrize("url", ["file:///etc/hostname", "hooks.test/secret", "http://"])
def test_a_webhook_that_is_none_is_wrong_usage(url: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    result = RUNNER.invoke(app, ["refresh", str(tmp_path), "--webhook", url, "--warehouse", str(tmp_path)])
    assert result.exit_code == 2
    assert "secret" not in result.output
