"""Draws the short silent films of lessons. Frames are drawn with Pillow at twice the size, reduced, and piped to ffmpeg.

    python -m tools.films settlement             into static/lessons/video
    python -m tools.films settlement --still 40  only the frame at this second, as still.png

Writes NAME.mp4, NAME.webm, NAME.zh.vtt, NAME.en.vtt and NAME.jpg.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

from tools.films import boundary, coal, settlement
from tools.films.canvas import HEIGHT, WIDTH, Fonts
from tools.films.captions import write_vtt
from tools.films.film import FPS, Film

FILMS = {module.FILM.name: module.FILM for module in (boundary, coal, settlement)}


def encode(source: Path, target: Path, options: list[str]) -> None:
    """Run ffmpeg from the lossless film to one delivery file."""
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-i", str(source), *options, str(target)], check=True
    )


def draw_film(film: Film, fonts: Fonts, target: Path) -> None:
    """Pipe every frame into a lossless film."""
    command = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{WIDTH}x{HEIGHT}",
        "-r",
        str(FPS),
        "-i",
        "-",
        "-c:v",
        "ffv1",
        "-pix_fmt",
        "yuv444p",
        str(target),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        for number in range(round(film.seconds * FPS)):
            if process.stdin:
                process.stdin.write(film.frame_at(number / FPS, fonts).tobytes())
    if process.returncode:
        raise SystemExit("ffmpeg could not write the lossless film")


def deliver(film: Film, fonts: Fonts, out: Path) -> None:
    """Write the two films, the two caption files and the poster."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "film.mkv"
        draw_film(film, fonts, whole)
        encode(
            whole,
            out / f"{film.name}.mp4",
            [
                "-c:v",
                "libx264",
                "-preset",
                "slow",
                "-crf",
                "28",
                "-pix_fmt",
                "yuv420p",
                "-g",
                str(FPS * 4),
                "-movflags",
                "+faststart",
            ],
        )
        encode(
            whole,
            out / f"{film.name}.webm",
            [
                "-c:v",
                "libvpx-vp9",
                "-crf",
                "42",
                "-b:v",
                "0",
                "-pix_fmt",
                "yuv420p",
                "-g",
                str(FPS * 4),
                "-fflags",
                "+bitexact",
                "-row-mt",
                "1",
            ],
        )
    save_poster(film, out / f"{film.name}.jpg", fonts)
    for language in ("zh", "en"):
        (out / f"{film.name}.{language}.vtt").write_text(write_vtt(film.cues, language), encoding="utf-8")


def save_poster(film: Film, target: Path, fonts: Fonts) -> None:
    """A telling frame, and a mark that says it can be played: browsers' own marks are small or none."""
    frame = film.frame_at(film.poster_at, fonts).convert("RGB")
    width, height = frame.size
    mark = Image.new("RGBA", (width * 4, height * 4))  # drawn large, so that its edge is smooth
    pen, (x, y), radius = ImageDraw.Draw(mark), (width * 2, height * 2), height * 4 // 6
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(11, 61, 46, 225))
    tip = radius // 2
    pen.polygon(
        [(x - tip * 3 // 4, y - tip), (x - tip * 3 // 4, y + tip), (x + tip, y)], fill=(255, 255, 255, 255)
    )
    small = mark.resize(frame.size, Image.Resampling.LANCZOS)
    frame.paste(small, mask=small)
    frame.save(target, quality=58, optimize=True, progressive=True)


def main() -> None:
    """Read the arguments and make the film."""
    parser = argparse.ArgumentParser(description="Draw a film of a lesson.")
    parser.add_argument("name", choices=sorted(FILMS))
    parser.add_argument("--out", type=Path, default=Path("static/lessons/video"))
    parser.add_argument(
        "--still", type=float, help="write only the frame at this second, as still.png in the folder"
    )
    wanted = parser.parse_args()
    film, fonts = FILMS[wanted.name], Fonts()
    if wanted.still is not None:
        wanted.out.mkdir(parents=True, exist_ok=True)
        film.frame_at(wanted.still, fonts).save(wanted.out / "still.png")
        return
    deliver(film, fonts, wanted.out)


if __name__ == "__main__":
    main()
