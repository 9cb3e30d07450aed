"""Draws the demo's videos: the camera moves over a landscape that is wider than it."""

import io

import av

from joip.demo.landscapes import draw_landscape, textured

FRAMES_A_SECOND = 25
SECONDS = 4
WIDE, TALL = (1280, 720), (720, 1280)


def clip(number: int, size=WIDE) -> bytes:
    """An MP4 with H.264, as phones make them."""
    width, height = size
    view = textured(draw_landscape(number, (width * 3 // 2, height)), number)
    frames = FRAMES_A_SECOND * SECONDS
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as video:
        stream = video.add_stream("libx264", rate=FRAMES_A_SECOND)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # In one thread, since the number of threads changes what is written.
        stream.thread_count, stream.options = 1, {"preset": "ultrafast", "crf": "26"}
        for n in range(frames):
            left = (view.width - width) * n // frames
            frame = view.crop((left, 0, left + width, height))
            video.mux(stream.encode(av.VideoFrame.from_image(frame)))
        video.mux(stream.encode())
    return file.getvalue()
