"""What must stay true of the repository itself."""

import json
import re
import subprocess

import pytest

from tests.conftest import PAPERS, ROOT, text_file

TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()


def test_the_lock_names_versions_and_hashes_but_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    names = re.findall(r"^([a-z0-9][\w.-]*)==", lock, flags=re.MULTILINE)
    assert {"duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "pytest", "uv"} <= set(names)
    assert lock.count("--hash=sha256:") >= len(names)


@pytest.mark.skipif(not TRACKED, reason="not a git checkout: nothing is tracked to look at")
def test_no_registry_host_or_machine_path_is_committed() -> None:
    hosts = re.compile("py" + r"pi\.org|python" + r"hosted|registry\.npm" + r"js|/wor" + "k/|/ro" + "ot/")
    guilty = []
    for name in TRACKED:
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".pdf"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            guilty += [f"{name}: {match.group(0)}" for match in hosts.finditer(text)]
    assert guilty == []


@pytest.mark.parametrize("slug", PAPERS)
def test_bundled_papers_hold_no_phone_numbers(slug: str) -> None:
    text = text_file(slug).read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\dT.])1[3-9]\d{9}(?!\d)", text)
    assert not re.search(r"(?:联系电话|咨询电话)[^\n]{0,4}\d{7}", text)


def test_npm_is_locked_to_contents_and_to_no_host() -> None:
    folder = ROOT / "dashboards"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    packages = lock["packages"]
    assert packages.pop("")["dependencies"] == wanted["dependencies"]
    assert len(packages) > 500
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name for name, package in packages.items() if not {"integrity", "inBundle"} & package.keys()
    ] == []
    for name, version in {**wanted["dependencies"], **wanted["overrides"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version
