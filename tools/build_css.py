"""Concatenates the CSS parts into the stylesheets the pages link, one request a page.

Owns the list of which component goes to which page. Comments and indentation are dropped, nothing
else is rewritten, so that a rule found in a browser can be found again in `static/css/parts/`.
Run `python tools/build_css.py`; the results are committed and a test compares them with a fresh build.
"""

import re
from pathlib import Path

CSS = Path(__file__).resolve().parent.parent / "static" / "css"

FRAME = ("layers", "tokens", "base")
EXAM = (
    "app-bar foot-bar button card badge notice sheet option timer sync-chip answer-sheet rich check-row credit-chip key-value field"
).split()
PUBLIC = (
    "app-bar foot-bar button card badge notice field option "
    "key-value verdict holder how-list score table-plain empty certificate-card programme language-switch"
).split()
LEARNER = (
    "app-bar tab-bar foot-bar button card ring bar coverage-bar credit-chip time-line summary-tabs course-row dock outline sheet "
    "option checklist window-card ticket check-row timer sync-chip answer-sheet rich practice score certificate-card how-list key-value "
    "badge notice field stepper switch holder prose player slides ledger empty pager table-plain sign-in language-switch"
).split()
DESK = (
    "rail page-head panes desk-card table chip decision-row desk-check bulk-bar calendar score-switch log-line "
    "blueprint two-person-card field-verdict document-stage proctor-board remedy chain impact chart desk-frame lesson-editor"
).split()
SHEETS = {
    "learner.css": (*FRAME, *LEARNER, "utilities"),
    "exam.css": (*FRAME, *EXAM, "utilities"),
    "desk.css": (*FRAME, *LEARNER, *DESK, "utilities"),
    "public.css": (*FRAME, *PUBLIC, "utilities"),
}


def shrink(css: str) -> str:
    """The same rules without comments, line starts and spaces around punctuation."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};])\s*", r"\1", css)
    css = re.sub(r"([,:]) (?=[^{}]*[;}])", r"\1", css)
    return css.replace(";}", "}\n").strip()


def build(sheet: str) -> str:
    """The text of one stylesheet, from its parts in their fixed order."""
    return (
        "\n".join(shrink((CSS / "parts" / f"{part}.css").read_text("utf-8")) for part in SHEETS[sheet]) + "\n"
    )


def main() -> None:
    """Writes every stylesheet beside the folder of parts."""
    for sheet in SHEETS:
        (CSS / sheet).write_text(build(sheet), "utf-8")


if __name__ == "__main__":
    main()
