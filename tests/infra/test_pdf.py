import base64
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from carbonlearn.infra import glyphs
from carbonlearn.infra.pdf import TEMPLATE_DIR, GlyphsMissing, PhotoUnreadable, missing_glyphs, render_pdf

MADE_AT = datetime(2026, 12, 7, tzinfo=UTC)
URL = "HTTPS://CARBONLEARN.EXAMPLE/V/7K3M9QXW2RTB5HDN"

CERTIFICATE = {
    "title_zh": "碳排放管理员职业能力水平评价证书",
    "title_en": "Certificate of Competence Evaluation, Carbon Emission Manager",
    "holder_name": "张文丰",
    "holder_latin": "Zhang Wenfeng",
    "id_masked": "4401**********3725",
    "statement_zh": "参加碳排放管理员职业能力培训，学满规定课时，经统一考试成绩合格，认定达到下列职业能力水平。",
    "statement_en": "has completed the class hours and passed the examination, and is found competent at the level below.",
    "occupation_zh": "碳排放管理员（4-09-07-04）",
    "occupation_en": "Carbon Emission Manager",
    "job_type_zh": "碳排放核算员",
    "job_type_en": "Carbon Emission Accountant",
    "level_zh": "三级",
    "level_en": "Level 3",
    "issued_zh": "2026年12月7日",
    "issued_en": "7 December 2026",
    "number": "CPCIF-2026-3-001573-5",
    "issuers": [
        {"label_zh": "认定单位", "label_en": "Issued by", "name_zh": "中国石油和化学工业联合会",
         "name_en": "China Petroleum and Chemical Industry Federation"},
        {"label_zh": "培训基地", "label_en": "Training base", "name_zh": "广东省清洁生产协会",
         "name_en": "Guangdong Cleaner Production Association"},
    ],
    "verify_url": URL,
    "verify_host": "carbonlearn.example",
    "photo": None,
    "specimen": True,
    "specimen_zh": "样本",
    "specimen_en": "SPECIMEN",
}  # fmt: skip

TICKET = {
    "programme": "碳排放管理员职业能力水平评价",
    "ticket_no": "2612 26 0417",
    "name": "张文丰",
    "id_masked": "4401**********3725",
    "job_type": "碳排放核算员",
    "level": "四级",
    "date_zh": "2026年12月26日（周六）",
    "time_zh": "09:00–10:30",
    "room": "第 03 室",
    "mode": "线上监考",
    "rules": ["08:15 起签到，核对本人与身份证原件。", "09:10 停止签到，09:30 未开考记为缺考。"],
    "qr_text": "HTTPS://CARBONLEARN.EXAMPLE/T/2612260417",
    "photo": None,
    "demonstration": True,
    "base_name": "广东省清洁生产协会",
}


def certificate(**changes) -> bytes:
    return render_pdf("certificate", CERTIFICATE | changes, MADE_AT)


def text_of(pdf: bytes) -> str:
    return pdfium.PdfDocument(pdf)[0].get_textpage().get_text_range()


def page_image(pdf: bytes, dpi: int = 150) -> Image.Image:
    return pdfium.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil()


def photo(kind: str = "JPEG", size: tuple[int, int] = (900, 1200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (180, 40, 40)).save(out, kind)
    return out.getvalue()


def test_every_fact_of_the_certificate_can_be_read_and_copied_from_it():
    text = text_of(certificate())
    for key, value in CERTIFICATE.items():
        if isinstance(value, str) and not key.startswith(("statement", "verify_url")):
            assert value in text, key
    assert "广东省清洁生产协会" in text


def test_the_sheet_is_one_a4_page_lying():
    document = pdfium.PdfDocument(certificate())
    assert len(document) == 1
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [297, 210]


def test_the_code_is_read_from_the_page_at_150_dpi():
    found = zxingcpp.read_barcode(page_image(certificate()))
    assert found.text == URL
    assert found.ec_level == "M"


def test_the_code_prints_at_22_millimetres_or_more_with_a_clear_zone():
    image = page_image(certificate(), dpi=300).convert("L")
    corners = zxingcpp.read_barcode(image).position
    side = (corners.top_right.x - corners.top_left.x) / 300 * 25.4
    assert side >= 22
    module = side / 29
    margin = round(3.5 * module / 25.4 * 300)
    strip = image.crop(
        (corners.top_left.x - margin, corners.top_left.y, corners.top_left.x - 2, corners.bottom_left.y)
    )
    assert strip.getextrema()[0] == 255


def test_a_bad_grey_photocopy_can_still_be_read():
    grey = (
        page_image(certificate(), dpi=110).convert("L").point(lambda value: min(255, int(value * 1.1) + 20))
    )
    assert zxingcpp.read_barcode(grey).text == URL
    body = grey.crop(
        (int(grey.width * 0.29), int(grey.height * 0.28), int(grey.width * 0.49), int(grey.height * 0.34))
    )
    assert body.getextrema()[0] < 90, "the holder's name is no longer dark"


def test_the_specimen_mark_stands_on_a_specimen_and_on_no_other():
    assert text_of(certificate()).count("样本 SPECIMEN") == 2
    assert "SPECIMEN" not in text_of(certificate(specimen=False))


@pytest.mark.parametrize(
    "name", ["䶮㛃𬭎", "𫖯喆", "王䶮", "古丽娜尔·艾合买提江", "阿卜杜热合曼·麦麦提图尔荪"]
)
def test_a_rare_or_long_name_is_whole_in_the_text(name):
    assert name in text_of(certificate(holder_name=name, holder_latin=""))


def test_rare_characters_are_drawn_and_not_left_blank():
    drawn = page_image(certificate(holder_name="䶮㛃𬭎𫖯", holder_latin="", specimen=False))
    blank = page_image(certificate(holder_name="", holder_latin="", specimen=False, id_masked=""))
    width, height = drawn.size
    start, cell = 88 / 297 * width, 33 * 0.353 / 297 * width
    for place in range(4):
        box = (
            int(start + place * cell),
            int(0.29 * height),
            int(start + (place + 1) * cell),
            int(0.35 * height),
        )
        darkness = [
            sum(1 for value in image.crop(box).convert("L").tobytes() if value < 128)
            for image in (drawn, blank)
        ]
        assert darkness[0] > darkness[1] + 200, place


def test_a_line_too_long_for_its_place_is_set_smaller_and_stays_on_the_sheet():
    title = "碳排放管理员（碳排放咨询员）职业技能等级认定培训合格证书"
    page = pdfium.PdfDocument(certificate(title_zh=title))[0]
    text = page.get_textpage()
    found = text.search(title)
    start, length = found.get_next()
    boxes = [text.get_charbox(index) for index in range(start, start + length)]
    assert boxes[0][0] > 60
    assert boxes[-1][2] < page.get_width() - 60
    assert max(box[3] for box in boxes) - min(box[1] for box in boxes) < 30, "the title broke into two lines"


def test_refuses_a_name_that_no_font_can_draw_and_names_the_characters():
    with pytest.raises(GlyphsMissing, match=r"U\+E863") as refusal:
        certificate(holder_name="王\ue863")
    assert refusal.value.characters == ["\ue863"]


def test_missing_glyphs_lists_each_once_in_order():
    assert missing_glyphs("𪚥王\ue863䶮𪚥") == ["𪚥", "\ue863"]
    assert missing_glyphs("古丽娜尔·艾合买提江 Zhāng Wénfēng 䶮㛃𬭎𫖯喆堃") == []


def test_every_character_of_gbk_and_extension_a_can_be_drawn():
    basic = "".join(chr(code) for code in range(0x4E00, 0x9FA6))
    extension_a = "".join(chr(code) for code in range(0x3400, 0x4DB6))
    assert missing_glyphs(basic + extension_a) == []


def test_says_which_font_file_is_missing(tmp_path):
    with pytest.raises(glyphs.FontsMissing, match=r"CLSerifSC-Bold\.otf"):
        glyphs.font_paths(tmp_path)


def test_markup_in_a_name_stays_text():
    name = '#import "x": *[$_'
    assert name in text_of(certificate(holder_name=name, holder_latin=""))


def test_all_fonts_are_embedded_subsets_and_the_file_says_pdf_a():
    pdf = certificate()
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    assert len(pdf) <= 200_000


def test_the_same_data_gives_the_same_bytes():
    assert certificate() == certificate()


def test_the_moment_of_making_may_lie_between_two_seconds():
    made = [
        render_pdf("certificate", CERTIFICATE, MADE_AT.replace(microsecond=part)) for part in (0, 1, 999_999)
    ]
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_printed_in_place_of_the_outline(kind):
    image = page_image(certificate(photo=photo(kind)))
    red, green, blue = image.getpixel((int(50 / 297 * image.width), int(90 / 210 * image.height)))
    assert red > 150 > green
    assert blue < 90


def test_a_photo_may_come_as_base64_or_as_a_file(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(photo())
    as_bytes = certificate(photo=photo())
    assert certificate(photo=base64.b64encode(photo()).decode()) == as_bytes
    assert certificate(photo=tmp_path / "photo.jpg") == as_bytes


def test_refuses_a_photo_that_is_no_image():
    with pytest.raises(PhotoUnreadable):
        certificate(photo=b"not an image")


def test_threads_share_the_compiler_without_mixing_their_papers():
    names = [f"张{character}" for character in "文丰启明喆堃䶮㛃"]
    with ThreadPoolExecutor(8) as pool:
        papers = list(pool.map(lambda name: certificate(holder_name=name), names))
    for name, paper in zip(names, papers, strict=True):
        assert name in text_of(paper)


def test_the_ticket_holds_everything_and_its_code_is_read():
    pdf = render_pdf("ticket", TICKET, MADE_AT)
    text = text_of(pdf)
    for key in (
        "programme",
        "ticket_no",
        "name",
        "id_masked",
        "job_type",
        "level",
        "date_zh",
        "time_zh",
        "room",
        "base_name",
    ):
        assert TICKET[key] in text, key
    assert all(rule in text for rule in TICKET["rules"])
    assert "演示" in text
    assert zxingcpp.read_barcode(page_image(pdf)).text == TICKET["qr_text"]
    assert [round(side / 72 * 25.4) for side in pdfium.PdfDocument(pdf)[0].get_size()] == [210, 297]


def test_a_ticket_in_earnest_bears_no_demonstration_mark():
    assert "演示" not in text_of(render_pdf("ticket", TICKET | {"demonstration": False}, MADE_AT))


def test_a_sheet_with_a_detailed_photo_stays_under_200_kilobytes():
    noise = Image.effect_noise((600, 840), 20).resize((1200, 1680), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    noise.convert("RGB").save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 200_000
    assert len(certificate(photo=out.getvalue())) <= 200_000
    assert len(certificate()) <= 155_000


def test_the_committed_ornaments_are_what_the_drawing_tool_draws():
    from tools.draw_guilloche import border, watermark

    folder = TEMPLATE_DIR / "ornaments"
    assert (folder / "border.svg").read_text() == border()
    assert (folder / "watermark.svg").read_text() == watermark()
