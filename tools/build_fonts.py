"""Cut the fonts that certificates and tickets embed out of the Noto CJK collections.

Run once, on a machine with Debian's `fonts-noto-cjk` and `fonts-noto-cjk-extra` and the `fonttools` package; the
result is kept in carbonlearn/infra/fonts so that no other machine needs either. Usage:

    python tools/build_fonts.py /usr/share/fonts/opentype/noto carbonlearn/infra/fonts [name of one font]

People's names are set in the bold serif, so that one keeps every Han character of its source (unified ideographs,
Extension A, the part of B to F that Noto draws). The others keep GB 2312 and the name characters below; whatever
they lack is taken from the bold serif by the fallback chain of the templates.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]

SC_FACE = 2  # index of the Simplified Chinese face in each collection

# output stem: (collection, family, style, does it keep every Han character?)
FONTS = {
    "CLSerifSC-Bold": ("NotoSerifCJK-Bold.ttc", "CL Serif SC", "Bold", True),
    "CLSerifSC-Regular": ("NotoSerifCJK-Regular.ttc", "CL Serif SC", "Regular", False),
    "CLSansSC-Bold": ("NotoSansCJK-Bold.ttc", "CL Sans SC", "Bold", False),
    "CLSansSC-Regular": ("NotoSansCJK-Regular.ttc", "CL Sans SC", "Regular", False),
}

SIGNS = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x192), (0x1CD, 0x1DC), (0x2B0, 0x2FF), (0x300, 0x36F),
    (0x370, 0x3FF), (0x400, 0x45F), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF),
    (0x2100, 0x218F), (0x2190, 0x22FF), (0x2460, 0x24FF), (0x25A0, 0x26FF), (0x3000, 0x303F),
    (0xFE10, 0xFE1F), (0xFE30, 0xFE4F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6),
]  # fmt: skip
HAN = [(0x2E80, 0x2FDF), (0x31C0, 0x31EF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]

# Outside GB 2312, yet common in given names and company names.
NAME_CHARACTERS = (
    "喆堃珺玥镕昇翀赟頔璟濛淼焱垚犇骉龑昉晞煊晢昳旸玎玘玚玠玢玦玭玮珅珣珩珲琇琎琏琚琤琬琮琯琰瑀瑄瑢瑧瑨瑭瑱璁璆"
    "璇璈璘璠璩瓅甡畯皞皙祎祐祺禛禤秾竑竣箐筠篁綝綦縯翊翾翚芃芊苒莘菡萱蒨蓁藠虓衎袆褀訢诩谖谞豳赑轶逄逯遆邈郗鄢"
    "酆鋆钖钘钜铄铖铱锜锟锳锴镈镔镠镡闳闿霂霨靓韡韫颀颋颢飏骅骈骎骐骢骦鳐鸢黉龢㛃䶮𬭎𫖯碳烃烷酞芘熵砼鑫昶"
    "槿柃栩杺枞桉桢梣棨棪椋椤榉樨檑檠沄沅沚泠泱洎洺浛浠涘涵淙淳湜湫湑溦滢漪潆潞澍澔澧濬灏炘炜炫烁烜焓焘煜熠燊"
    "嫄嫣嫘婳婧妍姝姣姮娅娣婕媖媛嬿宥宬寔屹岚岽峣峤峥崟嵘嵩巍帡幡彧彤忞忻怿恺惇憬懋扬晁晏晔晗晙晟暄暐暻曈曦"
)


def wanted(cmap: dict[int, str], every_han: bool) -> set[int]:
    """The code points that one font keeps, out of those its source has."""
    ranges = SIGNS + HAN if every_han else SIGNS
    kept = {code for low, high in ranges for code in range(low, high + 1) if code in cmap}
    return kept | {code for code in cmap if _in_gb2312(code)} | {ord(c) for c in NAME_CHARACTERS}


def _in_gb2312(code: int) -> bool:
    try:
        chr(code).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def options() -> subset.Options:
    """What is dropped: hinting (print and zoomed views do not use it) and vertical setting."""
    chosen = subset.Options()
    chosen.layout_features = ["kern", "ccmp", "mark", "mkmk", "palt"]
    chosen.hinting = False
    chosen.glyph_names = False
    chosen.notdef_outline = True
    chosen.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    chosen.name_languages = [0x409]
    chosen.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
    return chosen


def rename(font: TTFont, family: str, style: str) -> None:
    """Give the subset a name of its own: it must never be mistaken for an installed Noto."""
    post = f"{family.replace(' ', '')}-{style}"
    new = {1: family, 2: style, 3: f"1.0;{post}", 4: f"{family} {style}", 6: post}
    for record in list(font["name"].names):
        if record.nameID in new:
            record.string = new[record.nameID]
    cff = font["CFF "].cff
    cff.fontNames = [post]
    cff.topDictIndex[0].FullName = new[4]
    cff.topDictIndex[0].FamilyName = family


def cut(source: Path, target: Path, stem: str) -> None:
    """Write one subset font and print its size."""
    collection, family, style, every_han = FONTS[stem]
    font = TTFont(source / collection, fontNumber=SC_FACE, lazy=True)
    codes = wanted(font.getBestCmap(), every_han)
    subsetter = subset.Subsetter(options())
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    rename(font, family, style)
    path = target / f"{stem}.otf"
    font.save(path)
    print(f"{path.name}: {len(font.getBestCmap())} characters, {path.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Cut all fonts, or the one named as the third argument."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for stem in sys.argv[3:] or FONTS:
        cut(source, target, stem)


if __name__ == "__main__":
    main()
