"""Brings a picture's colours to sRGB, the only colours that renditions have."""

import io

from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """As RGB, or RGBA where something is transparent. Browsers ignore a profile that is damaged
    or meant for other channels, and so does this.
    """
    has_alpha = picture.mode in ("RGBA", "LA")
    alpha = picture.getchannel("A") if has_alpha else None
    opaque = picture.convert("RGB" if picture.mode == "RGBA" else "L") if has_alpha else picture
    if profile:
        opaque = converted(opaque, profile)
    opaque = opaque.convert("RGB")
    if alpha:
        opaque.putalpha(alpha)
    return opaque


def converted(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if MODES.get(source.profile.xcolor_space.strip()) != picture.mode:
            return picture
        return ImageCms.profileToProfile(picture, source, SRGB, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
