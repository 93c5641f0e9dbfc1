"""Renders the gallery: every screen of the design out of the real macros, as files a browser can open.

`python tools/gallery.py FOLDER [--theme dark]` writes one HTML file a page of `templates/gallery/` and copies
`static/` beside them. It needs no application and no database; the words and numbers are the design's story.
"""

import argparse
import io
import shutil
from pathlib import Path

import jinja2
import qrcode
import qrcode.image.svg
import wtforms
from markupsafe import Markup

ROOT = Path(__file__).resolve().parent.parent


def qr_svg(text: str, module: int) -> Markup:
    """A QR code as inline SVG without its quiet zone, `module` CSS pixels a module."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    out = io.StringIO()
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                out.write(f"M{x} {y}h1v1h-1z")
    side = len(rows)
    return Markup(  # noqa: S704 - numbers and our own words only
        f'<svg width="{side * module}" height="{side * module}" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="二维码"><path d="{out.getvalue()}" fill="#17211c"/></svg>'
    )


class IdentityForm(wtforms.Form):
    """Step two of the admission form, as the design shows it with one wrong field."""

    name = wtforms.StringField("姓名", default="张文丰")
    id_number = wtforms.StringField("身份证号码", default="440106 19920518 3726")
    born = wtforms.StringField("出生年月")
    phone = wtforms.TelField("手机", default="138 0000 4127")


def identity_form() -> IdentityForm:
    """The form with the error a check digit gives."""
    form = IdentityForm()
    form.id_number.errors = ["最后一位与前 17 位对不上，可能有一位输错。请对照身份证逐位检查。"]
    return form


def gettext(text: str, **facts: object) -> str:
    """The source language itself: Chinese message ids, with their facts filled in."""
    return text % facts if facts else text


def environment(theme: str | None) -> jinja2.Environment:
    """Jinja as the application sets it up, with plain stand-ins for what Flask would add."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        autoescape=jinja2.select_autoescape(["html", "svg"]),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(gettext, lambda one, many, n: one if n == 1 else many, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        url_for=lambda endpoint, filename: f"static/{filename}",
        asset=lambda name: f"static/{name}",
        csrf_token=lambda: "gallery",
        qr_svg=qr_svg,
        identity_form=identity_form,
        theme=theme,
    )
    return env


def main() -> None:
    """Writes the pages and the static files they use into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theme", choices=["light", "dark"])
    args = parser.parse_args()
    env = environment(args.theme)
    args.folder.mkdir(parents=True, exist_ok=True)
    for page in sorted((ROOT / "templates" / "gallery").glob("[!_]*.html")):
        (args.folder / page.name).write_text(env.get_template(f"gallery/{page.name}").render(), "utf-8")
    shutil.copytree(ROOT / "static", args.folder / "static", dirs_exist_ok=True)


if __name__ == "__main__":
    main()
