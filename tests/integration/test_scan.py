import json
import re
import subprocess
import sys
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import UnreadableDocument
from ingest.readers import scan

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "scan"
FORMS = json.loads((FIXTURES / "forms.json").read_text(encoding="utf-8"))
SCALE = 200 / 72
FIGURE = re.compile(r"[\d,.]+")
NO_OCR = "reading scans needs the OCR extra: pip install juesuan[ocr]"

Read = tuple[list[Any], list[scan.ScannedGrid]]


def page_image(name: str) -> Any:
    cv2 = pytest.importorskip("cv2", reason=NO_OCR)
    return cv2.imread(str(FIXTURES / f"{name}.png"), cv2.IMREAD_GRAYSCALE)


@cache
def read_page(name: str) -> Read:
    pytest.importorskip("rapidocr", reason=NO_OCR)
    image = page_image(name)
    return scan.read_scanned_page(image, 7, SCALE, image.shape[0] / SCALE)


def cells_of(grid: scan.ScannedGrid) -> list[list[str]]:
    return [list(row.cells) for row in grid.rows]


def plain(text: str) -> str:
    """Without the difference between full-width and half-width marks, which a scan cannot show."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("name", FORMS)
class TestForms:
    def test_every_figure_stands_in_its_row_and_column(self, name: str) -> None:
        _, (grid,) = read_page(name)
        found, printed = cells_of(grid), FORMS[name]["rows"]
        assert (len(found), len(found[0])) == (len(printed), len(printed[0]))
        figures = 0
        for row, (got, want) in enumerate(zip(found, printed, strict=True)):
            for column, (text, truth) in enumerate(zip(got, want, strict=True)):
                if FIGURE.fullmatch(text) or FIGURE.fullmatch(truth):
                    assert text == truth, f"row {row}, column {column}"
                    figures += 1
        assert figures > 50

    def test_names_and_blanks_stand_in_their_places(self, name: str) -> None:
        _, (grid,) = read_page(name)
        found = [[plain(cell) for cell in row] for row in cells_of(grid)]
        assert found == [[plain(cell) for cell in row] for row in FORMS[name]["rows"]]

    def test_title_and_notes_are_lines_around_the_grid(self, name: str) -> None:
        lines, (grid,) = read_page(name)
        texts = [plain(line.text) for line in lines]
        assert texts[0] == plain(FORMS[name]["title"])
        assert all(any(plain(part) in text for text in texts) for part in FORMS[name]["lines"])
        assert {line.page for line in lines} == {grid.page} == {7}
        offsets = [line.offset for line in lines if line.offset < grid.rows[0].offset]
        assert offsets == sorted(offsets)
        assert len(offsets) == len(lines) - 1  # the note stands below

    def test_every_printed_cell_has_a_box_and_a_confidence(self, name: str) -> None:
        _, (grid,) = read_page(name)
        width, height = FORMS[name]["page"]
        confidences = []
        for row in grid.rows:
            assert len(row.cells) == len(row.boxes) == len(row.confidences)
            for text, box, confidence in zip(row.cells, row.boxes, row.confidences, strict=True):
                assert bool(text) == (box is not None) == (confidence is not None)
                if box and confidence is not None:
                    left, bottom, right, top = (float(value) for value in box.split(","))
                    assert 0 <= left < right <= width + 1
                    assert 0 <= bottom < top <= height + 1
                    confidences.append(confidence)
        print(f"{name}: confidence {min(confidences)} to {max(confidences)} in {len(confidences)} cells")
        assert Decimal("0.5") < min(confidences) <= max(confidences) <= 1

    def test_rules_make_the_cells_where_there_are_any(self, name: str) -> None:
        _, (grid,) = read_page(name)
        assert grid.ruled == (name != "expenditure_borderless")


def test_boxes_are_those_of_the_page_as_it_came() -> None:
    """On the page turned by a quarter, the code column lies along the lower edge of the sheet."""
    _, (grid,) = read_page("expenditure_turned")
    code, total = grid.rows[4].boxes[0], grid.rows[4].boxes[4]
    assert code
    assert total
    assert float(code.split(",")[3]) < float(total.split(",")[1])
    assert abs(float(code.split(",")[0]) - float(total.split(",")[0])) < 10


def test_what_cannot_be_read_is_never_guessed() -> None:
    """A scribble over an amount: its cell has a box, and says that it is not to be trusted."""
    numpy = pytest.importorskip("numpy")
    _, (grid,) = read_page("summary_ruled")
    number = next(n for n, row in enumerate(grid.rows) if row.cells[5] == "59.46")
    image = page_image("summary_ruled")
    left, bottom, right, top = (
        float(value) * SCALE for value in (grid.rows[number].boxes[5] or "").split(",")
    )
    chance = numpy.random.default_rng(5)
    rows = slice(int(image.shape[0] - top) + 14, int(image.shape[0] - bottom) - 14)
    columns = slice(int(left) + 30, int(right) - 10)
    blot = chance.random(image[rows, columns].shape) < 0.6
    image[rows, columns][blot] = 30
    upper = image[: image.shape[0] // 2]
    _, (blotted,) = scan.read_scanned_page(upper, 7, SCALE, upper.shape[0] / SCALE)
    row = blotted.rows[number]
    assert row.cells[:5] == grid.rows[number].cells[:5]
    assert row.boxes[5] is not None
    assert row.confidences[5] is not None
    assert row.cells[5] != "59.46"
    assert row.confidences[5] <= Decimal("0.5")
    if not row.cells[5]:
        assert row.confidences[5] == 0


def test_an_empty_page_has_nothing() -> None:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("rapidocr", reason=NO_OCR)
    assert scan.read_scanned_page(numpy.full((600, 400), 255, numpy.uint8), 1, 1.0, 600.0) == ([], [])


def test_a_page_without_shape_is_refused() -> None:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("rapidocr", reason=NO_OCR)
    with pytest.raises(ValueError, match="shape"):
        scan.read_scanned_page(numpy.zeros((3,), numpy.uint8), 1, 1.0, 600.0)


def test_without_the_extra_a_scan_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "NEEDED", ("no_such_module_for_scans",))
    with pytest.raises(UnreadableDocument) as caught:
        scan.read_scanned_page([[0]], 12, 1.0, 600.0)  # type: ignore[arg-type]
    assert caught.value.code == "scan_needs_ocr"
    assert caught.value.reason == "page 12 is a scan and the OCR extra is not installed"
    assert caught.value.remedy == "pip install juesuan[ocr]"


def test_the_reader_can_be_imported_without_the_extra() -> None:
    code = (
        "import sys; sys.modules.update(cv2=None, rapidocr=None, onnxruntime=None); "
        "import ingest.readers.scan"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FIXTURES.parents[2])


@pytest.mark.parametrize(
    ("text", "expected", "ceiling"),
    [
        ("１２３．４５", "123.45", 1.0),
        ("－１，２３４．５０", "-1,234.50", 1.0),
        ("O.30", "0.30", 0.6),
        ("1O,2o6", "10,206", 0.6),
        ("6, 513. 56", "6,513.56", 0.9),
        ("3.643.37", "3,643.37", 0.9),
        ("1.098.177460", "1,098.177460", 0.9),
        ("1,482,231360", "1,482,231360", 0.5),
        ("38,160000", "38,160000", 0.5),
        ("COVID", "COVID", 1.0),
        ("（一）项目", "（一）项目", 1.0),
        ("O", "O", 1.0),
        ("1 901 75", "1 901 75", 1.0),
    ],
)
def test_figures_are_tidied_only_where_nothing_is_lost(text: str, expected: str, ceiling: float) -> None:
    pytest.importorskip("cv2", reason=NO_OCR)
    from ingest.readers.scan_words import tidy

    assert tidy(text, 1.0) == (expected, ceiling)


def test_letters_are_those_of_the_mainland() -> None:
    pytest.importorskip("cv2", reason=NO_OCR)
    from ingest.readers.scan_words import Letter, Reading, as_word

    letters = tuple(Letter(char, 10.0 * n, 10.0 * n + 9, 1.0) for n, char in enumerate("支出決算"))
    assert as_word(Reading("支出決算", (0.0, 0.0, 40.0, 10.0), letters), 100, 1.0).text == "支出决算"


@pytest.mark.parametrize(
    ("second", "expected", "sure"),
    [
        (["27", "856.95"], ["27", "856.95"], True),
        (["2", "856.95"], ["2", "856.95"], False),
        (["27", ""], ["27", "856.95"], False),
    ],
)
def test_a_word_over_a_rule_is_parted_and_read_again(
    second: list[str], expected: list[str], sure: bool
) -> None:
    """Between ``27`` and ``856.95`` runs a rule; where the second reading differs, doubt is recorded."""
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("cv2", reason=NO_OCR)
    from ingest.readers.scan_words import Letter, Reading, part

    class Second:
        def __init__(self) -> None:
            self.answers = iter(second)

        def read_line(self, _: Any) -> tuple[str, float]:
            text = next(self.answers)
            return text, 0.95 if text else 0.0

    letters = tuple(Letter(char, 10.0 * n, 10.0 * n + 10, 0.99) for n, char in enumerate("27856.95"))
    page = numpy.full((30, 90), 255, numpy.uint8)
    engine: Any = Second()
    parts = part(engine, page, Reading("27856.95", (0, 0, 80, 12), letters), [20.0], 1.0)
    assert [reading.text for reading in parts] == expected
    assert parts[0].box[2] <= 20 <= parts[1].box[0]
    doubts = [min(letter.confidence for letter in reading.letters) <= 0.5 for reading in parts]
    assert any(doubts) != sure


@pytest.mark.parametrize("degrees", [-4.0, -0.6, 2.5])
def test_skew_is_measured(degrees: float) -> None:
    cv2 = pytest.importorskip("cv2", reason=NO_OCR)
    from ingest.readers.scan_image import skew_of, straighten

    image = page_image("expenditure_borderless")
    level = straighten(image).grey
    height, width = level.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    skewed = cv2.warpAffine(level, matrix, (width, height), borderValue=255)
    assert skew_of(skewed) == pytest.approx(-degrees, abs=0.1)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_found(quarters: int) -> None:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("rapidocr", reason=NO_OCR)
    from ingest.readers.scan_image import straighten
    from ingest.readers.scan_words import engine, find_turn

    level = straighten(page_image("expenditure_borderless")).grey
    turned = numpy.ascontiguousarray(numpy.rot90(level, -quarters))
    assert find_turn(engine(), turned) == quarters


def test_turning_leads_back_to_the_page() -> None:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("cv2", reason=NO_OCR)
    from ingest.readers.scan_image import Upright, turn

    page = numpy.zeros((30, 50), numpy.uint8)
    page[4:7, 40:48] = 1
    for quarters in range(4):
        sheet = turn(Upright(page, numpy.eye(2, 3)), quarters)
        ys, xs = numpy.nonzero(sheet.grey)
        box = float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1
        assert sheet.box_on_page(box) == (40.0, 4.0, 48.0, 7.0)
