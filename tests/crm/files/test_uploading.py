"""Pictures are taken in by their pixels alone; everything else is refused in plain words."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from crm.files.storing import path_of
from crm.files.uploading import LONGEST_SIDE, save_image
from tests.crm.factories import WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(kind="JPEG", size=(60, 40), mode="RGB", seed=1, **options):
    """A picture with many colours, so that it is not taken for a drawing."""
    pixels = random.Random(seed).randbytes(3 * size[0] * size[1])
    noise = Image.frombytes("RGB", size, pixels).convert(mode)
    if mode == "RGBA":
        noise.putalpha(120)
    out = io.BytesIO()
    noise.save(out, kind, **options)
    return out.getvalue()


def upload(content, name="car_before.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def opened(file):
    return Image.open(io.BytesIO(path_of(file.digest, file.extension).read_bytes()))


@pytest.mark.parametrize(
    ("kind", "mode", "extension"),
    [
        ("JPEG", "RGB", "jpg"),
        ("WEBP", "RGB", "jpg"),
        ("PNG", "RGBA", "png"),
        ("WEBP", "RGBA", "png"),
        ("JPEG", "CMYK", "jpg"),
    ],
)
def test_the_usual_pictures_are_taken_and_drawn_anew(workspace, kind, mode, extension):
    content = picture(kind, mode=mode)
    file = save_image(workspace, upload(content))
    assert (file.extension, file.width, file.height, file.name) == (extension, 60, 40, "car before")
    stored = path_of(file.digest, file.extension).read_bytes()
    assert (len(stored), stored != content) == (file.size, True)


def test_of_what_moves_the_first_frame_is_kept(workspace):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    file = save_image(workspace, upload(out.getvalue(), "dance.gif"))
    shown = opened(file)
    assert (file.extension, getattr(shown, "n_frames", 1), shown.convert("RGB").getpixel((3, 3))) == (
        "png",
        1,
        (255, 0, 0),
    )


def test_place_and_device_are_forgotten_and_the_picture_stands_upright(workspace):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Secret Phone"  # turned by a quarter; made by
    file = save_image(workspace, upload(picture(exif=exif)))
    assert (file.width, file.height, dict(opened(file).getexif())) == (40, 60, {})
    assert b"Secret" not in path_of(file.digest, file.extension).read_bytes()


def test_a_second_file_behind_the_picture_is_dropped(workspace):
    file = save_image(workspace, upload(picture() + b"<script>alert(1)</script>PK\x03\x04"))
    assert b"script" not in path_of(file.digest, file.extension).read_bytes()


def test_a_huge_photo_is_made_as_large_as_a_page_needs(workspace):
    file = save_image(workspace, upload(picture(size=(4000, 1000))))
    assert (file.width, file.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_the_same_picture_twice_is_one_file_but_each_business_has_its_own(workspace):
    content = picture()
    first, again = (save_image(workspace, upload(content)) for _time in range(2))
    other = save_image(WorkspaceFactory(), upload(content))
    assert first == again != other
    assert first.digest == other.digest


def png_of(width, height):
    """A PNG whose header promises a size that its bytes never deliver."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "format"),
        (b"not a picture", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "format"),
        (b"%PDF-1.7", "format"),
        (b"GIF89a" + b"\0" * 20, "format"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "format"),
        (picture()[:200], "format"),
        (picture("BMP"), "format"),
        (picture("TIFF"), "format"),
        (png_of(60, 40), "format"),
        (png_of(0, 0), "format"),
        (png_of(7000, 7000), "pixels"),
        (png_of(60_000, 60_000), "pixels"),
        (b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024), "size"),
    ],
)
def test_what_is_no_picture_too_large_or_a_bomb_is_refused_and_leaves_nothing(workspace, tmp_path, content, code):
    with pytest.raises(ValidationError) as refused:
        save_image(workspace, upload(content))
    assert refused.value.code == code
    assert not workspace.files.exists()
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/passwd.jpg", "passwd"), ("C:\\My Photos\\רכב_נקי.jpg", "רכב נקי"), ("x" * 300 + ".jpg", "x" * 150)],
)
def test_a_files_name_is_only_words(workspace, sent, kept):
    file = upload(picture())
    file._name = sent
    assert save_image(workspace, file).name == kept
