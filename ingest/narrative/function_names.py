"""Class, group and item names within the subject of a claim."""

import re

from ingest.narrative.grammar import grammar

CLASS_SECTIONS = frozenset(("overall", "expenditure", "appropriation", "general_public"))
PATH_PART = re.compile(r"(?P<name>.*?)（\d*(?P<level>[类款项])）")
CLASS_BY_SUFFIX = re.compile(r"(?P<name>.+支出)类支出")


def function_names(
    subject: str, section_key: str, in_project: bool
) -> tuple[str | None, str | None, str | None]:
    """Return class, group and item names of a subject that is a function path or a class.

    ``in_project``: the talk is of a project, whose 支出 is no class.
    """
    names = {part["level"]: part["name"].replace('"', "") for part in PATH_PART.finditer(subject)}
    if names.get("类") and not names["类"].endswith(("支出", "费")):
        names["类"] += "支出"  # `教育（类）支出`, `教育（类）普通教育（款）`: the class is 教育支出
    elif by_suffix := CLASS_BY_SUFFIX.fullmatch(subject):
        names["类"] = by_suffix["name"]
    elif not names and not in_project and _may_be_class(subject, section_key):
        names["类"] = subject
    return names.get("类"), names.get("款"), names.get("项")


def _may_be_class(subject: str, section_key: str) -> bool:
    if section_key not in CLASS_SECTIONS or not subject.endswith("支出"):
        return False
    return grammar().words["not_a_class"].search(subject) is None
