"""sources.yml: what it may say, and how its faults are told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.cli import app
from ingest.fetch.sources import Manners, WrongSources, load_sources
from tests.conftest import ROOT


def load(tmp_path: Path, text: str) -> str:
    """The faults of a text, without the path before them."""
    path = tmp_path / "sources.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongSources) as caught:
        load_sources(path)
    return str(caught.value).replace(f"{path}", "sources.yml")


def test_the_example_is_valid_and_says_what_it_says() -> None:
    sources = load_sources(ROOT / "docs" / "sources.example.yml")
    assert [source.name for source in sources.sources] == ["finance-bureau-2024", "district-column", "pages"]
    assert sources.manners.delay_seconds == 5
    column = sources.sources[1]
    assert column.documents
    assert column.documents.search("https://files.example.gov.cn/a.docx")
    assert column.follow
    assert column.follow.search("2024年度部门决算")
    assert "html" not in column.types
    assert sources.sources[2].types == {"html", "pdf"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "sources.yml:1: Input should be"),
        ("sources: []", "sources.yml:1: there is no source"),
        ("sources:\n- name: a\n", "sources.yml:2: sources[0]: give urls (the papers) or index"),
        (
            "sources:\n- name: a\n  urls: [https://a.test/x]\n- name: b\n  urls:\n  - ftp://b.test/x\n",
            "sources.yml:6: sources[1].urls[0]: 'ftp://b.test/x' is no http or https URL",
        ),
        (
            "sources:\n- name: a\n  urls: ['https://me:hush@a.test/x']\n",
            "sources.yml:3: sources[0].urls[0]: a URL of a.test carries a user name or password",
        ),
        (
            "sources:\n- name: a\n  index: https://a.test/\n  documents: '('\n",
            "sources.yml:4: sources[0].documents: '(' is no regular expression",
        ),
        (
            "sources:\n- name: a\n  index: https://a.test/\n",
            "sources.yml:2: sources[0]: say which links of the index are papers",
        ),
        (
            "sources:\n- name: a\n  url: [https://a.test/x]\n",
            "sources.yml:3: sources[0].url: nothing is called so here",
        ),
        (
            "sources:\n- name: a\n  urls: [https://a.test/x]\n  types: [exe]\n",
            "sources.yml:4: sources[0].types",
        ),
        (
            "manners: {attempts: 0}\nsources:\n- {name: a, urls: [https://a.test/x]}\n",
            "sources.yml:1: manners.attempts: Input should be greater",
        ),
        (
            "sources:\n- {name: a, urls: [https://a.test/x]}\n- {name: a, urls: [https://a.test/y]}\n",
            "sources.yml:1: two sources are called a",
        ),
        ("contact: 'a\\nb c'\nsources:\n- {name: a, urls: [https://a.test/x]}\n", "sources.yml:1: contact"),
        ("sources: [", "is no YAML"),
        ("sources: !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_faults_are_told_with_line_field_and_words(tmp_path: Path, text: str, fault: str) -> None:
    assert fault in load(tmp_path, text)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    faults = load(tmp_path, "sources:\n- {name: a, urls: [x]}\n- {name: b, urls: [y]}\nmore: 1\n")
    assert [line.split(":")[1] for line in faults.splitlines()] == ["2", "3", "4"]


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["fetch", str(tmp_path / "none.yml"), "--inbox", str(tmp_path / "inbox")]
    )
    assert result.exit_code == 2
    assert "none.yml cannot be read" in result.stderr
    assert not (tmp_path / "inbox").exists()


def test_the_words_of_the_file_are_explained() -> None:
    page = (ROOT / "docs" / "fetch.md").read_text(encoding="utf-8")
    sources = load_sources(ROOT / "docs" / "sources.example.yml")
    words = {*type(sources).model_fields, *type(sources.sources[0]).model_fields, *Manners.model_fields}
    assert {word for word in words if f"`{word}`" not in page} == set()
