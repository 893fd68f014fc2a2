"""Great Expectations judges what dbt evaluated: a suite per family of rules, one expectation per rule.

An expectation fails where a paper contradicts itself: that is its purpose and no failure of the run. Two
things are one: an exception inside an expectation, because then nobody knows whether the rule holds, and a
broken structural check, because then nobody knows what the findings are worth.
"""

import csv
import html
import json
import os
import shutil
import sys
import tempfile
import threading
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from ingest import bounded
from ingest.data_docs import DocsPage, publish_docs
from ingest.errors import JuesuanError
from ingest.rules import SEEDS

PROJECT = Path(__file__).resolve().parent.parent / "expectations"
RULES_FILE = SEEDS / "accounting_rule.csv"
CHECKS_FILE = SEEDS / "structural_check.csv"
#: The suite of what must never fail; every other suite bears the name of its family.
STRUCTURE = "structure"
MET = "met"
#: How grave a failure is to Great Expectations, by a rule's own severity.
SEVERITIES = {"error": "warning", "suspicious": "info", "rounding": "info"}
#: As many breaches of a rule stand in the Data Docs one by one; the marts have them all.
BREACHES_SHOWN = 20
#: Names the ids of suites and expectations; a rule keeps its id whatever else changes.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "juesuan.expectations")

# All that met a rule or a check is one row, however many papers: of rules dim_rule has counted it. Of what
# broke one, a judge needs the first and how many there are.
EVALUATIONS = f"""
    WITH breaches AS MATERIALIZED (
        SELECT evaluation_id, rule_id, document_id, instance_key, status, difference, page,
            row_number() OVER (PARTITION BY rule_id ORDER BY document_id, instance_key) AS number,
            count(*) OVER (PARTITION BY rule_id) AS breaches
        FROM intermediate.int_rule_evaluation
        WHERE status NOT IN ('pass', 'rounding')
        QUALIFY number <= {BREACHES_SHOWN} + 1
    ),
    findings AS (
        SELECT * FROM marts.fct_finding WHERE finding_id IN (SELECT evaluation_id FROM breaches)
    ),
    documents AS (
        SELECT document_id, concat_ws(' ', department_name, fiscal_year, document_kind) AS paper
        FROM marts.dim_document
    )
    SELECT e.rule_id, e.document_id, e.instance_key, CAST(e.difference AS VARCHAR) AS difference,
        coalesce(f.explanation_zh || ' ' || f.explanation_en, e.status || ': another rule reports it')
            AS finding,
        d.paper, e.page, f.severity, f.responsibility, f.finding_id[:10] AS finding_id,
        f.left_label || ': ' || f.left_value AS left_side,
        f.right_label || ': ' || f.right_value AS right_side,
        e.number, e.breaches
    FROM breaches e
    LEFT JOIN documents d USING (document_id)
    LEFT JOIN findings f ON f.finding_id = e.evaluation_id
    UNION ALL BY NAME
    SELECT rule_id, '' AS document_id, (passed + rounded) || ' met' AS instance_key, 'met' AS finding,
        0 AS number, 0 AS breaches
    FROM marts.dim_rule
    WHERE passed + rounded > 0
    ORDER BY rule_id, document_id, instance_key
"""
CHECKS = """
    SELECT check_id, subject, status, detail, 1 AS subjects
    FROM intermediate.int_structural_check
    WHERE status <> 'met'
    UNION ALL BY NAME
    SELECT check_id, count(*) || ' met' AS subject, 'met' AS status, '' AS detail, count(*) AS subjects
    FROM intermediate.int_structural_check
    WHERE status = 'met'
    GROUP BY check_id
    ORDER BY ALL
"""
#: What the Data Docs show beside the sentence of a breach.
SHOWN = ("paper", "page", "left_side", "right_side", "difference", "severity", "responsibility", "finding_id")


@dataclass(frozen=True)
class FamilyResult:
    """How the rules of one kind fared; ``not_evaluated`` had nothing to judge anywhere."""

    kind: str
    rules: int
    evaluated: int
    successful: int
    unsuccessful_rules: tuple[str, ...]
    not_evaluated_rules: tuple[str, ...]
    breaches: int


@dataclass(frozen=True)
class JudgeResult:
    """What the judge found over the whole warehouse, in rules.

    ``evaluated`` counts the rules that had something to judge, ``successful`` those that held. ``breaches``
    counts, of each rule that is broken, the evaluations that did not hold. An exception or a broken
    structural check is in no result: it raises.
    """

    families: tuple[FamilyResult, ...]
    breaches: Mapping[str, int]
    structural_checks: int

    @property
    def evaluated(self) -> int:
        """Rules that had something to judge."""
        return sum(family.evaluated for family in self.families)

    @property
    def successful(self) -> int:
        """Rules that held wherever they were evaluated."""
        return sum(family.successful for family in self.families)

    @property
    def unsuccessful_rules(self) -> tuple[str, ...]:
        """Rules that some paper breaks."""
        return tuple(sorted(rule for family in self.families for rule in family.unsuccessful_rules))

    @property
    def not_evaluated_rules(self) -> tuple[str, ...]:
        """Rules that had nothing to judge anywhere: not passed, not failed."""
        return tuple(sorted(rule for family in self.families for rule in family.not_evaluated_rules))

    def summary(self) -> dict[str, Any]:
        """Plain values for the report of a run."""
        return {
            "evaluated": self.evaluated,
            "successful": self.successful,
            "unsuccessful_rules": list(self.unsuccessful_rules),
            "not_evaluated_rules": list(self.not_evaluated_rules),
            "structural_checks": self.structural_checks,
            "families": {
                family.kind: {
                    "rules": family.rules,
                    "evaluated": family.evaluated,
                    "successful": family.successful,
                    "breaches": family.breaches,
                    "unsuccessful_rules": list(family.unsuccessful_rules),
                    "not_evaluated_rules": list(family.not_evaluated_rules),
                }
                for family in self.families
            },
        }


class _Task(NamedTuple):
    """A suite, the rows it judges, and how often each of its rules or checks is broken."""

    suite: dict[str, Any]
    frame: Any
    breaches: Mapping[str, int]


def judge(build_db: Path, out_dir: Path) -> JudgeResult:
    """Judge every rule by ``intermediate.int_rule_evaluation`` and write Data Docs to ``out_dir``.

    Raises JuesuanError where the evaluations cannot be read, name a rule the seed does not have, an
    expectation raises, or a structural check is broken.
    """
    rules, checks = read_seed(RULES_FILE, "rule_id"), read_seed(CHECKS_FILE, "check_id")
    frame, structure = _read(build_db)
    evaluated = sorted(set(frame["rule_id"]))
    strangers = sorted(set(evaluated) - set(rules))
    if strangers:
        raise JuesuanError(
            f"{RULES_FILE.name} has no rule {', '.join(strangers)}; run dbt seed and build again"
        )
    shown, breaches = _escaped(_shown(frame)), _breaches(frame)
    broken_checks = structure[structure["status"] != MET]
    tasks = {
        STRUCTURE: _Task(
            structural_suite(list(checks.values())), _escaped(structure), Counter(broken_checks["check_id"])
        )
    }
    for kind in sorted({rule["kind"] for rule in rules.values()}):
        own = [rules[rule_id] for rule_id in evaluated if rules[rule_id]["kind"] == kind]
        if own:
            names = [rule["rule_id"] for rule in own]
            tasks[kind] = _Task(suite_of(kind, own), shown[shown["rule_id"].isin(names)], breaches)
    results = _validate(tasks, out_dir, rules, checks)
    unjudged = sorted((set(evaluated) | set(checks)) - set(results))
    if unjudged:
        raise JuesuanError(f"no result came back for {', '.join(unjudged)}")
    broken = [checks[check_id] for check_id in checks if not results[check_id]["success"]]
    if broken:
        raise JuesuanError(_broken(broken, structure))
    return JudgeResult(
        families=tuple(
            _family(kind, [rule for rule in rules.values() if rule["kind"] == kind], results, breaches)
            for kind in sorted({rule["kind"] for rule in rules.values()})
        ),
        breaches=breaches,
        structural_checks=int(structure["subjects"].sum()),
    )


def read_seed(path: Path, key: str) -> dict[str, dict[str, str]]:
    """The rows of a seed by their key, in the seed's order."""
    with path.open(encoding="utf-8", newline="") as handle:
        return {row[key]: row for row in csv.DictReader(handle)}


def expectation_id(name: str) -> str:
    """The id of a rule's expectation or of a suite: the same on every machine and run."""
    return str(uuid.uuid5(NAMESPACE, name))


def suite_of(kind: str, rules: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A family's suite as Great Expectations stores it, one expectation a rule, the same for the same."""
    return {
        "name": kind,
        "id": expectation_id(f"suite:{kind}"),
        "expectations": [
            _expectation(
                rule["rule_id"],
                "expect_column_values_to_be_in_set",
                {"column": "finding", "value_set": [MET], "row_condition": _only("rule_id", rule["rule_id"])},
                f"{rule['rule_id']} {rule['sentence_zh']} {rule['sentence_en']}",
                SEVERITIES[rule["severity"]],
            )
            for rule in rules
        ],
        "meta": {"kind": kind},
        "notes": None,
    }


def structural_suite(checks: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The suite of what must never fail: each check met by all its subjects, and by one at least."""
    expectations = []
    for check in checks:
        condition = _only("check_id", check["check_id"])
        said = f"{check['check_id']} {check['sentence_zh']} {check['sentence_en']}"
        expectations += [
            _expectation(
                check["check_id"],
                "expect_column_values_to_be_in_set",
                {"column": "status", "value_set": [MET], "row_condition": condition},
                said,
                "critical",
            ),
            _expectation(
                f"{check['check_id']}:asked",
                "expect_table_row_count_to_be_between",
                {"min_value": 1, "row_condition": condition},
                f"{check['check_id']} 至少检查一个对象。 It is asked of one subject at least.",
                "critical",
            ),
        ]
    return {
        "name": STRUCTURE,
        "id": expectation_id(f"suite:{STRUCTURE}"),
        "expectations": expectations,
        "meta": {"kind": STRUCTURE},
        "notes": None,
    }


def _expectation(
    name: str, expectation: str, kwargs: dict[str, Any], said: str, severity: str
) -> dict[str, Any]:
    return {
        "id": expectation_id(name),
        "type": expectation,
        "kwargs": kwargs,
        "description": said,
        "meta": {"rule_id": name},
        "severity": severity,
    }


def _only(column: str, value: str) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": "==", "parameter": value}


def _read(build_db: Path) -> tuple[Any, Any]:
    """The evaluations and the structural checks, as data frames."""
    if not build_db.is_file():
        raise JuesuanError(f"{build_db} is not there; run dbt build first")
    try:
        with bounded.read(build_db) as connection:
            frame = connection.execute(EVALUATIONS).df()
            frame[list(SHOWN)] = frame[list(SHOWN)].astype(object).where(frame[list(SHOWN)].notna(), "")
            return frame, connection.execute(CHECKS).df()
    except duckdb.Error as error:
        raise JuesuanError(
            f"{build_db}: the evaluations cannot be read ({error}); run dbt build again"
        ) from error


def _shown(frame: Any) -> Any:
    """The first breaches of each rule, and a line for the rest: Great Expectations takes long over each."""
    shown = frame.copy()
    is_rest = shown["number"] > BREACHES_SHOWN
    shown.loc[is_rest, ["document_id", "instance_key", *SHOWN]] = ""
    shown.loc[is_rest, "finding"] = [
        f"另有 {rest} 处，全部见 fct_finding。 {rest} more: fct_finding has them all"
        for rest in shown.loc[is_rest, "breaches"] - BREACHES_SHOWN
    ]
    return shown


def _escaped(frame: Any) -> Any:
    """The same rows for pages: Great Expectations prints what a paper calls itself as it stands."""
    shown = frame.copy()
    for column in shown.columns:
        if shown[column].dtype.kind == "O":
            shown[column] = [
                html.escape(value) if isinstance(value, str) else value for value in frame[column]
            ]
    return shown


def prepare() -> threading.Thread:
    """Import Great Expectations, which takes seconds, while something else runs."""
    thread = threading.Thread(target=_great_expectations, daemon=True)
    thread.start()
    return thread


def _great_expectations() -> Any:
    """The package, without Spark: it would import that where it is installed, and has no use for it here."""
    # Read when the package is imported; nothing of a run leaves the machine.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    loaded = sys.modules.get("pyspark")
    sys.modules["pyspark"] = None  # type: ignore[assignment]
    try:
        import great_expectations
    finally:
        if loaded:
            sys.modules["pyspark"] = loaded
        else:
            del sys.modules["pyspark"]
    return great_expectations


def _validate(
    tasks: Mapping[str, _Task],
    out_dir: Path,
    rules: Mapping[str, Mapping[str, str]],
    checks: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, Any]]:
    """Run one checkpoint a suite; the results by rule or check id, Data Docs in ``out_dir``.

    A check counts as failed too where it was asked of nobody. Raises where an expectation raised.
    """
    gx = _great_expectations()
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="juesuan-expectations-") as work:
        root = Path(work) / "gx"
        (root / "suites").mkdir(parents=True)
        shutil.copyfile(PROJECT / "great_expectations.yml", root / "great_expectations.yml")
        for name, task in tasks.items():
            text = json.dumps(task.suite, ensure_ascii=False)
            (root / "suites" / f"{name}.json").write_text(text, encoding="utf-8")
        context = gx.get_context(mode="file", context_root_dir=root)
        source = context.data_sources.add_pandas("warehouse")
        for name, task in tasks.items():
            batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
            validation = gx.ValidationDefinition(name=name, data=batch, suite=context.suites.get(name))
            checkpoint = gx.Checkpoint(
                name=name,
                validation_definitions=[context.validation_definitions.add(validation)],
                result_format=_result_format(name),
            )
            outcome = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": task.frame})
            for run in outcome.run_results.values():
                for result in run.results:
                    plain = result.to_json_dict()
                    results[plain["expectation_config"]["meta"]["rule_id"]] = plain
        _raise_exceptions(results)
        context.build_data_docs()
        pages = [_docs_page(name, task, results, rules, checks) for name, task in tasks.items()]
        publish_docs(root / "data_docs", out_dir, pages)
    for check_id in checks:
        asked = results.get(f"{check_id}:asked")
        if check_id in results and not (asked and asked["success"]):
            results[check_id]["success"] = False
    return results


def _result_format(suite: str) -> dict[str, Any]:
    return {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": list(("subject", "detail") if suite == STRUCTURE else SHOWN),
        "partial_unexpected_count": BREACHES_SHOWN + 1,
        "include_unexpected_rows": False,
        "return_unexpected_index_query": False,
    }


def _raise_exceptions(results: Mapping[str, Mapping[str, Any]]) -> None:
    found = [f"{name}: {text}" for name, result in results.items() if (text := _exception(result))]
    if found:
        raise JuesuanError(f"{len(found)} expectations could not be judged; " + "; ".join(found))


def _exception(result: Mapping[str, Any]) -> str | None:
    """The exception an expectation hides; its info is one record, or one per failed metric."""
    info = result.get("exception_info") or {}
    records = [info] if "raised_exception" in info else list(info.values())
    for record in records:
        if record.get("raised_exception"):
            return str(record.get("exception_message"))
    return None


def _docs_page(
    name: str,
    task: _Task,
    results: Mapping[str, Mapping[str, Any]],
    rules: Mapping[str, Mapping[str, str]],
    checks: Mapping[str, Mapping[str, str]],
) -> DocsPage:
    column = "check_id" if name == STRUCTURE else "rule_id"
    known = checks if name == STRUCTURE else rules
    lines = []
    for key in sorted(set(task.frame[column]) & set(known)):
        title = f"{known[key]['title_zh']} {known[key]['title_en']}"
        lines.append((key, title, bool(results[key]["success"]), task.breaches[key]))
    return DocsPage(name, tuple(lines))


def _broken(checks: Sequence[Mapping[str, str]], structure: Any) -> str:
    """What is wrong with the judging itself, with the first subjects."""
    said = []
    for check in checks:
        own = structure[(structure["check_id"] == check["check_id"]) & (structure["status"] != MET)]
        subjects = [f"{row.subject} ({row.detail})" for row in own.head(3).itertuples()]
        said.append(
            f"{check['check_id']} {check['sentence_en']} {', '.join(subjects) or 'It was asked of nobody'}"
        )
    return "the judging itself does not hold, so nothing is published: " + "; ".join(said)


def _breaches(frame: Any) -> Counter[str]:
    found = frame[frame["number"] == 1]
    return Counter(dict(zip(found["rule_id"], map(int, found["breaches"]), strict=True)))


def _family(
    kind: str,
    rules: Sequence[Mapping[str, str]],
    results: Mapping[str, Mapping[str, Any]],
    breaches: Mapping[str, int],
) -> FamilyResult:
    names = sorted(rule["rule_id"] for rule in rules)
    evaluated = [name for name in names if name in results]
    unsuccessful = tuple(name for name in evaluated if not results[name]["success"])
    return FamilyResult(
        kind=kind,
        rules=len(names),
        evaluated=len(evaluated),
        successful=len(evaluated) - len(unsuccessful),
        unsuccessful_rules=unsuccessful,
        not_evaluated_rules=tuple(name for name in names if name not in results),
        breaches=sum(breaches[name] for name in unsuccessful),
    )
