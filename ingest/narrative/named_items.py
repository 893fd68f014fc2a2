"""What the text says the money is for by name alone.

That is the glossary's list of function items, and the economic items that personnel and public
expenses are said to include. These lists carry no figure, so they are no claims; the tables say
which items there are.
"""

import re
from collections.abc import Iterator

from ingest.model import NamedItem, Paper
from ingest.narrative.prose import running_text

NAME = r"(?:[^（）。；：]|（[^（）类款项]{1,8}）)"
#: The glossary lists the items a department uses, down to the item; definitions (`…：指…`) follow.
GLOSSARY = re.compile(r"使用的(?:主要)?支出功能分类科目")
DEFINITION = re.compile(r"[：:]是?指")
FUNCTION = re.compile(rf"(?P<group>{NAME}{{2,40}}?)（款）(?P<items>{NAME}{{2,80}}?)（项）")
ECONOMIC = re.compile(
    r"(?P<group>人员经费|公用经费)[\d.,]+万元[^。；]{0,24}?主要(?:包括|用于|是)：?(?P<items>[^。；]{4,900})[。；]"
)
END = re.compile(r"等(?:支出|费用)?$")


def extract_named_items(paper: Paper) -> list[NamedItem]:
    """The items that the text names without a figure, in reading order, each once."""
    text, pages = running_text(paper)
    found = dict.fromkeys([*_economic(text, pages), *_functions(text, pages)])
    return list(found)


def _economic(text: str, pages: tuple[int, ...]) -> Iterator[NamedItem]:
    for match in ECONOMIC.finditer(text):
        for name in END.sub("", match["items"]).split("、"):
            if re.fullmatch(rf"{NAME}{{2,24}}", name):
                yield NamedItem("economic", match["group"], name, pages[match.start()])


def _functions(text: str, pages: tuple[int, ...]) -> Iterator[NamedItem]:
    """Only the last list counts: a list of contents may announce it."""
    heads = list(GLOSSARY.finditer(text))
    if not heads:
        return
    start = heads[-1].end()
    end = DEFINITION.search(text, start)
    for match in FUNCTION.finditer(text, start, end.start() if end else len(text)):
        group = match["group"].rpartition("）")[2] if "类）" in match["group"] else match["group"]
        for name in match["items"].split("、"):
            yield NamedItem("function", group, name, pages[match.start()])
