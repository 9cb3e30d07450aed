"""Renditions: smaller pictures that stand for a slide, WebP. Their sizes follow from its own."""

SMALL_SIDE = 640  # pixels: the longer side of what lists show
LARGE_SIDE = 2048  # of what a window shows; there is none where the original is no larger


def fitted_size(width: float, height: float, side: int) -> tuple[int, int]:
    """Within a square of this side, in the same proportions, and never larger than it was."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
