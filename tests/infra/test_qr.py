import re

import pytest
import zxingcpp
from PIL import Image

from carbonlearn.infra.qr import qr_matrix, qr_svg

URL = "HTTPS://CARBONLEARN.EXAMPLE/V/7K3M9QXW2RTB5HDN"


def painted(matrix: list[list[bool]], scale: int = 4, border: int = 4) -> Image.Image:
    size = len(matrix) + 2 * border
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + border, y + border), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def from_svg(svg: str) -> Image.Image:
    """Paints the rectangles that the SVG's dark path names."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    image = Image.new("L", (size, size), 255)
    dark = re.search(r'fill="#000" d="([^"]+)"', svg)[1]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", dark):
        image.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
    return image.resize((size * 4, size * 4), Image.Resampling.NEAREST)


def test_the_matrix_reads_back_as_its_text_at_level_m():
    found = zxingcpp.read_barcode(painted(qr_matrix(URL)))
    assert found.text == URL
    assert found.ec_level == "M"


@pytest.mark.parametrize("text", [URL, "准考证 2612 26 0417", "https://carbonlearn.example/v/abc?x=1&y=2"])
def test_the_svg_reads_back_as_its_text(text):
    assert zxingcpp.read_barcode(from_svg(qr_svg(text))).text == text


def test_upper_case_needs_a_smaller_code_than_lower_case():
    assert len(qr_matrix(URL)) < len(qr_matrix(URL.lower()))


def test_the_quiet_zone_is_four_modules_unless_told_otherwise():
    modules = len(qr_matrix(URL))
    assert f'viewBox="0 0 {modules + 8} {modules + 8}"' in qr_svg(URL)
    assert f'viewBox="0 0 {modules + 2} {modules + 2}"' in qr_svg(URL, border=1)


def test_a_label_is_escaped_and_without_one_the_code_is_hidden_from_screen_readers():
    assert 'aria-label="a &lt;b&gt; &quot;c&quot;"' in qr_svg(URL, label='a <b> "c"')
    assert 'aria-hidden="true"' in qr_svg(URL)


def test_the_svg_carries_no_style_that_a_strict_policy_would_refuse():
    assert "style" not in qr_svg(URL)


def test_refuses_an_empty_text():
    with pytest.raises(ValueError, match="text"):
        qr_matrix("")
