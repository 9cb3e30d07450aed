"""Pictures and videos made for tests, with a place put in wherever metadata may stand."""

import io
import struct
import zlib
from fractions import Fraction

import av
from PIL import Image, ImageSequence
from PIL.ExifTags import IFD, Base

PLACE = b"Bryggen 60.3971N 5.3245E"
GPS = {1: "N", 2: (60.0, 23.0, 30.0), 3: "E", 4: (5.0, 19.0, 12.0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" photoshop:City="%s"/>' % PLACE


def picture(mode="RGB", size=(48, 32)):
    noise = Image.effect_noise(size, 60)
    bands = [noise, noise.rotate(180), noise.transpose(Image.Transpose.FLIP_TOP_BOTTOM), noise]
    if mode == "1":
        return noise.convert("1")
    if mode == "P":
        return Image.merge("RGB", bands[:3]).quantize(32)
    return Image.merge(mode, bands[: len(Image.new(mode, (1, 1)).getbands())])


def encoded(image, picture_format, **options):
    file = io.BytesIO()
    image.save(file, picture_format, **options)
    return file.getvalue()


def exif(orientation=6):
    tags = Image.Exif()
    tags[Base.Orientation] = orientation
    tags[Base.ImageDescription] = PLACE.decode()
    tags[IFD.GPSInfo] = GPS
    return tags.tobytes().removeprefix(b"Exif\0\0")


def shown(content):
    """What a viewer sees: each frame's pixels and time, and how often they are played."""
    with Image.open(io.BytesIO(content)) as file:
        frames = [
            (frame.convert("RGBA").tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(file)
        ]
        return file.mode, frames, file.info.get("loop"), file.info.get("icc_profile")


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_segments(content):
    """Start, the segments before the pixels, and the rest."""
    parts, at = [], 2
    while content[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        parts.append(content[at:end])
        at = end
    return content[:2], parts, content[at:]


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", checksum)


def png_chunks(content):
    parts, at = [], 8
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        parts.append(content[at:end])
        at = end
    return content[:8], parts


def riff_chunk(kind, content):
    return struct.pack("<4sI", kind, len(content)) + content + b"\0" * (len(content) % 2)


def webp(chunks):
    return riff_chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def webp_chunks(content):
    parts, at = [], 12
    while at < len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        parts.append((content[at : at + 4], content[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return parts


def gif_blocks(content):
    """The screen, then its blocks; extensions stay with the image that follows."""
    at = 13 + (3 * 2 ** ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    screen, parts, start = content[:at], [], at
    while content[at] != 0x3B:
        is_image = content[at] == 0x2C
        if is_image:
            flags = content[at + 9]
            at += 11 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
        else:
            at += 2
        while content[at]:
            at += content[at] + 1
        at += 1
        parts.append(content[start:at])
        start = at
    return screen, parts


def sub_blocks(content):
    pieces = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def video(
    form="mp4",
    codec="libx264",
    sound="aac",
    *,
    frames=10,
    size=(96, 64),
    options=None,
    pixels="yuv420p",
    codec_options=None,
    rotation=0,
    subtitles=None,
    tags=None,
):
    """Moving stripes and silence."""
    file = io.BytesIO()
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    with av.open(file, "w", format=form, options=options or {}) as made:
        made.metadata.update(tags or {})
        if codec:
            track = made.add_stream(codec, rate=10, options=quiet | (codec_options or {}))
            track.width, track.height, track.pix_fmt = *size, pixels
            track.set_display_rotation(rotation)
        heard = made.add_stream(sound, rate=48000) if sound else None
        told = made.add_mux_stream(subtitles) if subtitles else None
        for number in range(frames if codec else 0):
            made.mux(track.encode(stripes(number, size)))
        if codec:
            made.mux(track.encode(None))
        if heard:
            for frame in silence(heard, frames / 10):
                made.mux(heard.encode(frame))
            made.mux(heard.encode(None))
        if told:
            made.mux(subtitle(told))
    return file.getvalue()


def stripes(number, size):
    frame = av.VideoFrame(*size, "rgb24")
    row = bytes((at * 3 + number * 5) % 256 for at in range(3 * size[0]))
    frame.planes[0].update(row.ljust(frame.planes[0].line_size, b"\0") * size[1])
    frame.pts, frame.time_base = number, Fraction(1, 10)
    return frame


def silence(stream, seconds):
    context = stream.codec_context
    each = context.frame_size or 960
    for number in range(int(seconds * 48000 / each)):
        frame = av.AudioFrame(context.format.name, context.layout.name, each)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 48000, number * each, Fraction(1, 48000)
        yield frame


def subtitle(stream):
    content = struct.pack(">H", len(PLACE)) + PLACE
    packet = av.Packet(content)
    packet.pts = packet.dts = 0
    packet.duration, packet.time_base, packet.stream = 500, Fraction(1, 1000), stream
    return packet


def played(content):
    """What a player gives out: each track's frames with their times."""
    tracks = []
    with av.open(io.BytesIO(content)) as file:
        for stream in [*file.streams.video, *file.streams.audio]:
            file.seek(0)
            tracks.append([(round(one.time, 2), output(one)) for one in file.decode(stream)])
    return tracks


def output(frame):
    if isinstance(frame, av.VideoFrame):
        return frame.to_image().tobytes()
    return b"".join(bytes(plane) for plane in frame.planes)
