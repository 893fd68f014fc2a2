"""The seed of divisions is whole, its maker notices where it is not, and names find their division."""

import csv
import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROOT
from tests.unit.test_rules import SEEDS, render

_spec = importlib.util.spec_from_file_location("make_district", ROOT / "seeds" / "make_district.py")
assert _spec is not None and _spec.loader is not None
make_district = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_district)


@pytest.fixture
def rows() -> list[dict[str, str]]:
    with (ROOT / "seeds" / "district.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_seed_is_whole_and_in_order(rows: list[dict[str, str]]) -> None:
    make_district.check(rows)
    codes = [row["district_code"] for row in rows]
    assert codes == sorted(codes)


@pytest.mark.parametrize("lost", ["420000", "420100", "420107"])
def test_a_lost_division_is_noticed(rows: list[dict[str, str]], lost: str) -> None:
    with pytest.raises(ValueError):
        make_district.check([row for row in rows if row["district_code"] != lost])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # Wuhan's districts stood in every list.
        ("420107", ("青山区", "district", "420100", "", "", "")),
        # Shanghai is a province and its own city; Zhabei went to Jing'an in 2015.
        ("310000", ("上海市", "province", "310000", "", "", "")),
        ("310108", ("闸北区", "district", "310000", "", "2015-09-30", "")),
        # Nantong's Chongchuan has another code since 2020.
        ("320602", ("崇川区", "district", "320600", "", "2016-07-31", "320613")),
        # Xiangfan was renamed in 2010.
        ("420600", ("襄阳市", "city", "420600", "", "", "")),
        ("320576", ("苏州工业园区", "zone", "320500", "2023-06-30", "", "")),
        # A city that the province itself rules is a county of no city.
        ("429004", ("仙桃市", "district", "", "", "", "")),
    ],
)
def test_divisions_that_are_known(rows: list[dict[str, str]], code: str, expected: tuple[str, ...]) -> None:
    (row,) = [row for row in rows if row["district_code"] == code]
    columns = ("name_zh", "level", "city_code", "valid_from", "valid_to", "successor_code")
    assert tuple(row[column] for column in columns) == expected
    assert row["other_names"] == ("襄樊市" if code == "420600" else "")


def test_a_list_leaves_groups_out_and_dates_its_month(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    names = {"420000": "湖北省", "420101": "市辖区", "429000": "省直辖县级行政区划", "421001": "乙区管委会"}
    (tmp_path / "lib" / "201412.json").write_text(json.dumps(names), "utf-8")
    (found,) = make_district.revisions(tmp_path)
    assert (found.on.isoformat(), found.names) == ("2014-12-31", {"420000": "湖北省", "421001": "乙区"})


def divisions_of(bodies: Iterable[tuple[str, str, str | None]]) -> dict[str, str | None]:
    """Division by key, by the models' own SQL; a body is its key, its printed name and the printed city."""
    with duckdb.connect() as connection:
        for name in ("district", "functional_zone", "department", "department_alias"):
            seed = f"read_csv('{SEEDS / name}.csv', header = true, all_varchar = true)"
            connection.execute(f"CREATE TABLE {name} AS FROM {seed}")
        connection.execute(
            "CREATE TABLE stg_ledger__document"
            " (document_id varchar, department_name varchar, city_name varchar, is_in_use boolean)"
        )
        connection.executemany("INSERT INTO stg_ledger__document VALUES (?, ?, ?, true)", list(bodies))
        for name in ("int_division", "int_division_name", "int_document_division"):
            path = ROOT / "models" / "intermediate" / f"{name}.sql"
            connection.execute(f"CREATE TABLE {name} AS {render(path)}")
        rows = connection.execute("SELECT document_id, district_code FROM int_document_division").fetchall()
        return dict(rows)


#: Bodies as papers name them, and the division each belongs to; none where the name does not settle it.
BODIES = {
    "江苏省南京市鼓楼区审计局": "320106",
    "福州市鼓楼区审计局": "350102",
    "鼓楼区审计局": None,
    "城区城市管理局": None,
    "晋城市城区城市管理局": "140502",
    "郊区财政局": None,
    "新区管理委员会": None,
    "普陀区财政局": None,
    "舟山市普陀区财政局": "330903",
    "上海市浦东新区财政局": "310115",
    "浦东新区财政局": "310115",
    "重庆市江北区财政局": "500105",
    "江北区财政局": None,
    "吉林省吉林市财政局": "220200",
    "内蒙古自治区财政厅": "150000",
    "广西南宁市教育局": "450100",
    "中共内蒙古自治区委员会办公厅": "150000",
    "襄樊市财政局": "420600",
    "莱芜市财政局": "371200",
    "济南市莱芜区财政局": "370116",
    "南通市崇川区财政局": "320613",
    "杭州市下城区财政局": "330103",
    "湖北省仙桃市财政局": "429004",
    "苏州工业园区管理委员会": "320576",
    "苏州高新技术产业开发区财政局": "3205Z1",
    "武汉东湖新技术开发区管理委员会": "4201Z1",
    "武汉市东湖新技术开发区财政局": "4201Z1",
    "武汉市东湖生态旅游风景区管理委员会": "4201Z3",
    "武汉经济技术开发区管理委员会": "4201Z2",
    "西安高新区教育局": "6101Z1",
    "西安市高新区教育局": "6101Z1",
    "深圳市光明新区统计局": "4403Z2",
    "深圳市光明区统计局": "440311",
    "广州开发区财政局": "4401Z1",
    "中山市场服务中心": None,
    "中山大学": None,
    "北京大学": None,
    "教育局青山区分局": None,
}


@pytest.fixture(scope="module")
def found() -> dict[str, str | None]:
    return divisions_of((name, name, None) for name in BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_a_division_counts_at_the_head_of_the_name(found: dict[str, str | None], name: str) -> None:
    assert found[name] == BODIES[name]


def test_a_printed_city_or_a_known_body_settles_a_name_of_several_cities() -> None:
    bodies = [
        ("a", "鼓楼区审计局", "南京市"),
        ("b", "鼓楼区审计局", "福州市"),
        ("c", "青山区大数据中心", None),
        ("d", "青山区大数据中心", "包头市"),
        ("e", "青山区审计局", None),
    ]
    assert divisions_of(bodies) == {"a": "320106", "b": "350102", "c": "420107", "d": "150204", "e": None}
