"""The picture at the top of the demo's pages: a yellow car in foam, drawn here so that no picture has to be shipped."""

from __future__ import annotations

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

WIDE, HIGH, FINE = 1200, 640, 2
SEA, DEEP, LIGHT, SUN, DARK, WHITE = "#107586", "#0D5F70", "#1F8FA2", "#F4B740", "#0B3A45", "#FFFFFF"
FOAM, PALE = "#C4E0E5", "#E4F1F3"
BUBBLES = (
    (150, 210, 46, PALE),
    (270, 150, 28, FOAM),
    (1080, 400, 40, WHITE),
    (1010, 250, 24, FOAM),
    (90, 340, 26, FOAM),
    (1130, 300, 20, WHITE),
)


def car() -> SimpleUploadedFile:
    """A PNG of 1200 x 640, drawn at twice its size and brought down, so that curves are smooth."""
    image = Image.new("RGB", (WIDE * FINE, HIGH * FINE), SEA)
    draw = ImageDraw.Draw(image)

    def circle(x: int, y: int, radius: int, fill: str) -> None:
        draw.ellipse([(x - radius) * FINE, (y - radius) * FINE, (x + radius) * FINE, (y + radius) * FINE], fill)

    def shape(points: list[tuple[int, int]], fill: str) -> None:
        draw.polygon([(x * FINE, y * FINE) for x, y in points], fill)

    circle(1080, 60, 330, LIGHT)
    circle(60, 480, 300, DEEP)
    draw.rounded_rectangle([230 * FINE, 300 * FINE, 990 * FINE, 470 * FINE], 70 * FINE, SUN)
    shape([(370, 310), (450, 190), (480, 170), (720, 170), (770, 190), (880, 310)], SUN)
    shape([(415, 300), (480, 205), (585, 200), (585, 300)], DARK)
    shape([(620, 300), (620, 200), (730, 205), (820, 300)], DARK)
    for x in (390, 820):
        circle(x, 470, 78, DARK)
        circle(x, 470, 34, WHITE)
    for x, y, radius, fill in BUBBLES:
        circle(x, y, radius, fill)
    image = image.resize((WIDE, HIGH), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return SimpleUploadedFile("car.png", buffer.getvalue(), "image/png")
