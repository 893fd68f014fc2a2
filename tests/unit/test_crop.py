"""The picture of a row: the band of the page that holds it, the figure framed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.choose import read_forms
from ingest.crop import FRAME, MARGIN, SCALE, crop_row, find_original, read_box
from ingest.errors import JuesuanError
from ingest.extract import read_paper
from tests.conftest import ROOT

PDF = ROOT / "tests" / "fixtures" / "pdf"


@pytest.mark.parametrize("name", ["economy_once", "turned", "turned_rotate"])
def test_the_frame_is_drawn_around_the_figure(name: str) -> None:
    data = (PDF / f"{name}.pdf").read_bytes()
    cell = read_forms(read_paper(data, f"{name}.pdf")).form_cells[-1]
    assert cell.bbox
    box = read_box(cell.bbox)
    png = cv2.imdecode(np.frombuffer(crop_row(data, cell.page, [box], box), np.uint8), cv2.IMREAD_COLOR)
    assert png is not None
    ys, xs = np.nonzero((png == FRAME).all(axis=2))
    assert xs.min() == pytest.approx(box[0] * SCALE, abs=2)
    assert xs.max() == pytest.approx(box[2] * SCALE, abs=2)
    assert ys.max() - ys.min() == pytest.approx((box[3] - box[1]) * SCALE, abs=3)
    assert png.shape[0] <= (box[3] - box[1] + 2 * MARGIN) * SCALE + 2
    inside = png[ys.min() + 3 : ys.max() - 3, xs.min() + 3 : xs.max() - 3]
    assert inside.min() < 128, "the frame holds no ink"


def test_a_paper_is_found_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "other name.pdf").write_bytes(b"x")
    found = find_original("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", [tmp_path])
    assert found == tmp_path / "other name.pdf"
    with pytest.raises(JuesuanError, match="--documents"):
        find_original("00", [tmp_path, tmp_path / "not there"])
