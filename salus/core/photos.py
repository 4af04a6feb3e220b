"""Photos of people: whatever was sent becomes a small JPEG of our own making, or is refused."""

import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from salus.core.errors import Invalid

LARGEST_UPLOAD = 8 * 1024 * 1024
SIDE = 512
_QUALITY = 82
_MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


class BadPhoto(Invalid):
    """This file is not a photo that can be read."""


def as_jpeg(content: bytes) -> bytes:
    """A JPEG of at most 512 pixels a side, turned upright, without whatever else the file carried (place, camera).

    :raises BadPhoto: if it is no picture, too large, or damaged
    """
    if len(content) > LARGEST_UPLOAD:
        raise BadPhoto(photo=_("A photo may have 8 MB at most. Take it with a lower resolution."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise BadPhoto(photo=_("This photo has too many pixels. Take it with a lower resolution."))
                picture.draft("RGB", (SIDE * 2, SIDE * 2))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((SIDE, SIDE))
                return _encode(upright)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise BadPhoto(photo=_("This file is not a photo that can be read. Use JPEG or PNG.")) from error


def _encode(picture: Image.Image) -> bytes:
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture.convert("RGBA"), mask=picture.convert("RGBA").getchannel("A"))
    kept = io.BytesIO()
    flat.save(kept, "JPEG", quality=_QUALITY, optimize=True)
    return kept.getvalue()
