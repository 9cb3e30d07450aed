"""Frames that FFmpeg decodes, of videos and of large WebP, as pictures."""

from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from joip.media.renditions import LARGE_SIDE, fitted_size


def picture_of(frame: VideoFrame, pixel_shape: float = 1.0) -> Image.Image:
    """Reduced to what renditions need while its colours are converted: the whole is held once."""
    size = fitted_size(frame.width * pixel_shape, frame.height, LARGE_SIDE)
    mode = "RGBA" if any(part.is_alpha for part in frame.format.components) else "RGB"
    pixel_format = {"RGBA": "rgba", "RGB": "rgb24"}[mode]
    small = frame.reformat(*size, format=pixel_format, interpolation="AREA", threads=1)
    plane = small.planes[0]
    return Image.frombytes(mode, size, bytes(plane), "raw", mode, plane.line_size)


def webp_picture(path: Path) -> Image.Image:
    with av.open(str(path), format="webp_pipe") as file:
        stream = one_thread(file.streams.video[0])
        return picture_of(next(file.decode(stream)))


def one_thread(stream: VideoStream) -> VideoStream:
    """Decoders take memory for each thread, and a machine may have many cores."""
    stream.thread_count = 1
    return stream
