"""Photos of displays: known by their own bytes, not by what a browser says they are."""

from backend.importing.cells import CellError
from backend.lifecycle.exchange_wish import Photo

LARGEST = 2 * 1024 * 1024
KINDS = ((b"\xff\xd8\xff", 0, "image/jpeg"), (b"\x89PNG\r\n\x1a\n", 0, "image/png"), (b"WEBP", 8, "image/webp"))


def photo_of(content: bytes) -> Photo:
    """Return a photo with its kind. Raises CellError for what is none, or too large."""
    if len(content) > LARGEST:
        raise CellError(
            "照片不能超过 2 MB，请调低相机分辨率后重拍", "a photo of 2 MB at most; take it at a lower resolution"
        )
    for sign, at, media_type in KINDS:
        if content[at : at + len(sign)] == sign and (at == 0 or content.startswith(b"RIFF")):
            return Photo(media_type, content)
    raise CellError("不是 JPEG、PNG 或 WebP 照片，请重拍", "no JPEG, PNG or WebP picture; please take it again")
