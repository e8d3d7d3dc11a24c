"""Taking a picture in: opened, measured, drawn anew and stored. Nothing of the sent file but its pixels is kept.

So a picture cannot carry a script, a place, or a second file behind the first. Photos become JPEG and what has transparency,
or few colours, PNG: every mail program shows these two.
"""

from __future__ import annotations

import io
import warnings
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files import File as Upload
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageOps

from crm.files.models import File
from crm.files.storing import store
from crm.workspaces.models import Workspace

LARGEST_BYTES = 8 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
LONGEST_SIDE = 2400  # pixels; twice the width of a page, for sharp screens
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# What Pillow raises on bytes that lie about what they are.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


def save_image(workspace: Workspace, uploaded: Upload) -> File:
    """The picture as a file of the business; the same pixels twice are one file. Raises ValidationError in plain words."""
    if (uploaded.size or 0) > LARGEST_BYTES:
        size = f"{(uploaded.size or 0) / 1024 / 1024:.1f}"
        raise ValidationError(
            _("The picture is %(size)s MB. Up to 8 MB can be uploaded.") % {"size": size}, code="size"
        )
    picture = _opened(uploaded)
    content, extension = _encoded(picture)
    digest = store(content, extension)
    measures = {"extension": extension, "width": picture.width, "height": picture.height, "size": len(content)}
    name = _name_of(uploaded)
    return File.objects.get_or_create(workspace=workspace, digest=digest, defaults=measures | {"name": name})[0]


def _opened(uploaded: Upload) -> Image.Image:
    """The first frame, upright, decoded; no larger than a page needs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of bombs; the number of pixels is checked here
            uploaded.seek(0)
            picture = Image.open(uploaded, formats=FORMATS)
            _measured(picture)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except ValidationError:
        raise
    except BROKEN as error:
        raise ValidationError(
            _("This is not a picture we can read. Send JPEG, PNG, WebP or GIF."), code="format"
        ) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return upright


def _measured(picture: Image.Image) -> None:
    if picture.width * picture.height > LARGEST_PIXELS:
        raise _too_many_pixels()
    if picture.width < 1 or picture.height < 1:
        raise ValueError("empty picture")


def _too_many_pixels() -> ValidationError:
    millions = LARGEST_PIXELS // 1_000_000
    words = ngettext(
        "The picture has more than %(count)d million pixel. Make it smaller and send it again.",
        "The picture has more than %(count)d million pixels. Make it smaller and send it again.",
        millions,
    )
    return ValidationError(words % {"count": millions}, code="pixels")


def _encoded(picture: Image.Image) -> tuple[bytes, str]:
    out = io.BytesIO()
    if _wants_png(picture):
        plain = picture.convert("RGBA" if _has_holes(picture) else "RGB")
        plain.save(out, "PNG", optimize=True)
        return out.getvalue(), "png"
    picture.convert("RGB").save(out, "JPEG", quality=84, optimize=True, progressive=True)
    return out.getvalue(), "jpg"


def _has_holes(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _wants_png(picture: Image.Image) -> bool:
    """Transparency needs it; a drawing or a logo, with few colours, is sharper and smaller in it."""
    if _has_holes(picture):
        return True
    return picture.convert("RGB").getcolors(maxcolors=256) is not None


def _name_of(uploaded: Upload) -> str:
    """The file's own name, for the list and as first words for who cannot see the picture."""
    stem = PurePath(str(uploaded.name or "").replace("\\", "/")).stem.replace("_", " ").replace("-", " ")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in stem).split())[:150] or _("Picture")
