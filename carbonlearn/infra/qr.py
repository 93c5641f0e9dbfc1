"""QR codes as crisp SVG: the only importer of ``qrcode``.

Error level M throughout: in trials on photographed screens and paper a denser code of a higher level was read no more often.
Upper-case text (A-Z, 0-9, ``:/.-``) is written in alphanumeric mode, a third smaller than bytes; hence ``HTTPS://HOST/V/CODE``.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4  # modules of white that the standard asks for on every side


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of the smallest code for ``text``, without quiet zone; true is dark. Raises ValueError for no text."""
    if not text:
        raise ValueError("a QR code needs a text")
    code: QRCode = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_svg(text: str, border: int = QUIET_ZONE, label: str = "") -> str:
    """An inline SVG of the code on white, one unit a module, sized by whoever places it. ``label`` names it for a screen reader."""
    matrix = qr_matrix(text)
    size = len(matrix) + 2 * border
    name = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges" {name}>'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{_path(matrix, border)}"/></svg>'
    )


def _path(matrix: list[list[bool]], border: int) -> str:
    return "".join(
        f"M{left + border} {top + border}h{run}v1h-{run}z"
        for top, row in enumerate(matrix)
        for left, run in _dark_runs(row)
    )


def _dark_runs(row: list[bool]) -> list[tuple[int, int]]:
    """Start and length of each stretch of dark modules: one rectangle each leaves no hairlines between modules of a row."""
    runs, column = [], 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            runs.append((column, length))
        column += length
    return runs
