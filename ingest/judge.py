"""Great Expectations judges what dbt evaluated: one expectation per accounting rule.

An expectation fails where a paper contradicts itself: that is its purpose and no failure of the run.
An exception inside an expectation is one, because then nobody knows whether the rule holds.
"""

import csv
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import JuesuanError
from ingest.rules import SEEDS

PROJECT = Path(__file__).resolve().parent.parent / "expectations"
RULES_FILE = SEEDS / "accounting_rule.csv"
SUITE = "accounting_rules"
ACCEPTED = ("pass", "rounding")
#: Names the ids of suite and expectations; a rule keeps its id whatever else changes.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "juesuan.expectations")

# A passing rule is one row per document: a judge needs the breaches one by one, not the rest.
EVALUATIONS = """
    SELECT rule_id, document_id, instance_key, status, CAST(difference AS VARCHAR) AS difference
    FROM intermediate.int_rule_evaluation
    WHERE status NOT IN ('pass', 'rounding')
    UNION ALL
    SELECT rule_id, document_id, count(*) || ' met', max(status), NULL
    FROM intermediate.int_rule_evaluation
    WHERE status IN ('pass', 'rounding')
    GROUP BY rule_id, document_id
    ORDER BY rule_id, document_id, instance_key
"""
INDEX_COLUMNS = ("rule_id", "document_id", "instance_key", "difference")
OUTSIDE_REFERENCE = re.compile(
    r"<script[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>\s*</script>"
    r"|<(?:link|img|iframe)[^>]*\b(?:href|src)=[\"'](?:https?:)?//[^>]*>(?:\s*</iframe>)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Breach:
    """An evaluation that did not hold. ``difference`` is left minus right in yuan."""

    rule_id: str
    document_id: str
    instance_key: str
    status: str
    difference: Decimal | None


@dataclass(frozen=True)
class JudgeResult:
    """What the judge found over the whole warehouse, in rules.

    ``evaluated`` counts the rules that had something to judge, ``successful`` those that held.
    ``exceptions`` is empty in every result returned: an exception raises.
    """

    evaluated: int
    successful: int
    unsuccessful_rules: tuple[str, ...]
    not_evaluated_rules: tuple[str, ...]
    breaches: tuple[Breach, ...]
    exceptions: tuple[str, ...] = ()


def judge(build_db: Path, out_dir: Path) -> JudgeResult:
    """Judge every rule by ``intermediate.int_rule_evaluation`` and write Data Docs to ``out_dir``.

    Raises JuesuanError where the evaluations cannot be read, name a rule the seed does not have, or
    an expectation raises.
    """
    rules = read_rules()
    frame = _read_evaluations(build_db)
    evaluated = sorted(set(frame["rule_id"]))
    strangers = sorted(set(evaluated) - set(rules))
    if strangers:
        raise JuesuanError(
            f"{RULES_FILE.name} has no rule {', '.join(strangers)}; run dbt seed and build again"
        )
    results = _validate(frame, [rules[rule_id] for rule_id in evaluated], out_dir) if evaluated else {}
    exceptions = tuple(
        f"{rule_id}: {text}" for rule_id, result in results.items() if (text := _exception(result))
    )
    if exceptions:
        raise JuesuanError(f"{len(exceptions)} expectations could not be judged; " + "; ".join(exceptions))
    unjudged = sorted(set(evaluated) - set(results))
    if unjudged:
        raise JuesuanError(f"no result came back for {', '.join(unjudged)}")
    unsuccessful = tuple(rule_id for rule_id in evaluated if not results[rule_id]["success"])
    return JudgeResult(
        evaluated=len(evaluated),
        successful=len(evaluated) - len(unsuccessful),
        unsuccessful_rules=unsuccessful,
        not_evaluated_rules=tuple(sorted(set(rules) - set(evaluated))),
        breaches=tuple(breach for rule_id in unsuccessful for breach in _breaches(results[rule_id])),
    )


def read_rules(path: Path = RULES_FILE) -> dict[str, dict[str, str]]:
    """The rows of the rule seed by rule id, in the seed's order."""
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["rule_id"]: row for row in csv.DictReader(handle)}


def expectation_id(rule_id: str) -> str:
    """The id of a rule's expectation: the same on every machine and run."""
    return str(uuid.uuid5(NAMESPACE, rule_id))


def suite_of(rules: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The suite as Great Expectations stores it, one expectation a rule, the same for the same rules."""
    return {
        "name": SUITE,
        "id": expectation_id(SUITE),
        "expectations": [
            {
                "id": expectation_id(rule["rule_id"]),
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {
                    "column": "status",
                    "value_set": list(ACCEPTED),
                    "row_condition": {
                        "type": "comparison",
                        "column": {"name": "rule_id"},
                        "operator": "==",
                        "parameter": rule["rule_id"],
                    },
                },
                "description": f"{rule['rule_id']} {rule['sentence_zh']} {rule['sentence_en']}",
                "meta": {"rule_id": rule["rule_id"], "kind": rule["kind"], "severity": rule["severity"]},
            }
            for rule in rules
        ],
        "meta": {},
        "notes": None,
    }


def _read_evaluations(build_db: Path) -> Any:
    if not build_db.is_file():
        raise JuesuanError(f"{build_db} is not there; run dbt build first")
    try:
        with duckdb.connect(str(build_db), read_only=True) as connection:
            return connection.execute(EVALUATIONS).df()
    except duckdb.Error as error:
        raise JuesuanError(
            f"{build_db}: the evaluations cannot be read ({error}); run dbt build again"
        ) from error


def _validate(frame: Any, rules: Sequence[Mapping[str, str]], out_dir: Path) -> dict[str, dict[str, Any]]:
    """Run one checkpoint over the frame; the results by rule id, Data Docs in ``out_dir``."""
    # Read when the package is imported; nothing of a run leaves the machine.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    with tempfile.TemporaryDirectory(prefix="juesuan-expectations-") as work:
        root = Path(work) / "gx"
        root.mkdir()
        shutil.copyfile(PROJECT / "great_expectations.yml", root / "great_expectations.yml")
        suites = root / "suites"
        suites.mkdir()
        (suites / f"{SUITE}.json").write_text(
            json.dumps(suite_of(rules), ensure_ascii=False), encoding="utf-8"
        )
        context = gx.get_context(mode="file", context_root_dir=root)
        suite = context.suites.get(SUITE)
        asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("int_rule_evaluation")
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(
                name=SUITE, data=asset.add_batch_definition_whole_dataframe("all"), suite=suite
            )
        )
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=SUITE,
                validation_definitions=[definition],
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": list(INDEX_COLUMNS),
                    "include_unexpected_rows": False,
                },
            )
        )
        outcome = checkpoint.run(batch_parameters={"dataframe": frame})
        context.build_data_docs()
        _publish_docs(root / "data_docs", out_dir)
    results: dict[str, dict[str, Any]] = {}
    for run in outcome.run_results.values():
        for result in run.results:
            plain = result.to_json_dict()
            results[plain["expectation_config"]["meta"]["rule_id"]] = plain
    return results


def _exception(result: Mapping[str, Any]) -> str | None:
    """The exception an expectation hides; its info is one record, or one per failed metric."""
    info = result.get("exception_info") or {}
    records = [info] if "raised_exception" in info else list(info.values())
    for record in records:
        if record.get("raised_exception"):
            return str(record.get("exception_message"))
    return None


def _breaches(result: Mapping[str, Any]) -> list[Breach]:
    found = [
        Breach(
            rule_id=row["rule_id"],
            document_id=row["document_id"],
            instance_key=row["instance_key"],
            status=row["status"],
            difference=Decimal(row["difference"]) if isinstance(row["difference"], str) else None,
        )
        for row in result["result"]["unexpected_index_list"]
    ]
    return sorted(found, key=lambda breach: (breach.document_id, breach.instance_key))


def _publish_docs(built: Path, out_dir: Path) -> None:
    """Put the pages in place without what they would fetch from outside."""
    for page in sorted(built.rglob("*.html")):
        page.write_text(OUTSIDE_REFERENCE.sub("", page.read_text("utf-8")), encoding="utf-8")
    if out_dir.exists():
        shutil.rmtree(out_dir)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(built, out_dir)
