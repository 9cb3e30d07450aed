"""Looks at videos, and writes their pictures and sound anew without encoding them."""

import errno
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageStat

from joip.media.incoming.bad_file import BadFile, CutOff
from joip.media.incoming.frames import one_thread, picture_of
from joip.media.incoming.incoming_file import IncomingFile
from joip.media.incoming.renditions import write_renditions
from joip.media.incoming.sei import SeiFilter

# What browsers play. HEVC is what iPhones record; Safari, Chrome and Edge play it, and Firefox
# where the machine has a decoder. To refuse it would refuse most people's own videos.
MP4_PICTURE, WEBM_PICTURE = {"h264", "hevc", "av1", "vp9"}, {"vp8", "vp9", "av1"}
PICTURES = {"mp4": MP4_PICTURE, "webm": WEBM_PICTURE}
SOUNDS = {"mp4": {"aac", "mp3", "opus", "flac"}, "webm": {"opus", "vorbis"}}
# Safari plays HEVC only under this of its two names.
HEVC_TAG = "hvc1"

DEMUXERS = {"mp4": "mov", "matroska": "matroska"}
# A video may name other files and addresses; nothing but itself is opened.
READ_OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
# Without these FFmpeg adds its version; with faststart a video plays before it is all there.
WRITE_OPTIONS = {"mp4": {"movflags": "+faststart", "fflags": "+bitexact"}}
WRITE_OPTIONS |= {"webm": {"fflags": "+bitexact"}}
COVER = Disposition.attached_pic | Disposition.timed_thumbnails
TRANSPARENT = {"alpha_mode": "1"}  # FFmpeg takes it from this tag that a WebM is transparent
MAX_FRAME_PIXELS = 8192 * 4352  # 8K
MAX_PACKETS_TO_A_FRAME = 300
MAX_FRAMES_LOOKED_AT = 8
LEAST_CONTRAST = 8  # of a frame that is not black

EXPORT = "Export it as an MP4 with H.264 and AAC."


def read_video(source: Path, kind: str, folder: Path) -> IncomingFile:
    try:
        with opened(source, DEMUXERS[kind]) as video:
            picture, sounds = tracks(video)
            form = form_for(kind, codec_of(picture), [codec_of(sound) for sound in sounds])
            played = [sound for sound in sounds if codec_of(sound) in SOUNDS[form]]
            stored = folder / f"stored.{form}"
            copy(video, [picture, *played], stored, form)
            check_samples(picture, source.stat().st_size)
        with opened(stored) as video:
            return looked_at(video, stored, f"video/{form}", folder)
    except av.error.FFmpegError as error:
        if error.errno in (errno.ENOMEM, errno.ENOSPC, errno.EDQUOT):
            raise
        raise BadFile(f"The video is damaged and cannot be played. {EXPORT}") from error


def opened(path: Path, demuxer: str | None = None) -> InputContainer:
    """Titles in another encoding than UTF-8 are no fault: they go anyway."""
    return av.open(str(path), format=demuxer, options=READ_OPTIONS, metadata_errors="replace")


def codec_of(stream: Stream) -> str:
    context = stream.codec_context
    return context.codec.canonical_name if context else "an unknown codec"


def tracks(video: InputContainer) -> tuple[VideoStream, list[AudioStream]]:
    """The picture that browsers show, and all sound. Cover pictures are no video."""
    pictures = [stream for stream in video.streams.video if not stream.disposition & COVER]
    if not pictures:
        raise BadFile(f"There is no video in it that can be played. {EXPORT}")
    playable = [one for one in pictures if codec_of(one) in MP4_PICTURE | WEBM_PICTURE]
    picture = (playable or pictures)[0]
    if picture.codec_context and picture.width * picture.height > MAX_FRAME_PIXELS:
        raise BadFile(
            f"The video has {picture.width * picture.height / 10**6:.0f} megapixels. "
            f"It may have {MAX_FRAME_PIXELS // 10**6} at most (8K). Make it smaller."
        )
    return picture, list(video.streams.audio)


def form_for(kind: str, picture: str, sounds: list[str]) -> str:
    """Whether it becomes `webm` or `mp4`; refused if neither may hold what is in it."""
    for form in ["webm", "mp4"] if kind == "matroska" else ["mp4"]:
        is_heard = not sounds or SOUNDS[form] & {*sounds}
        if picture in PICTURES[form] and is_heard:
            return form
    if picture not in MP4_PICTURE | WEBM_PICTURE:
        raise BadFile(f"Browsers do not play this video: it is in {picture}. {EXPORT}")
    both = " and ".join([picture, *sounds[:1]])
    raise BadFile(f"Browsers do not play this video: {both} do not go together. {EXPORT}")


def copy(video: InputContainer, streams: list[Stream], target: Path, form: str) -> None:
    """Pictures and sound as they are, with their times; nothing else."""
    options = WRITE_OPTIONS[form]
    with av.open(str(target), "w", format=form, options=options) as copied:
        outputs = {stream.index: TrackCopy(copied, stream, form) for stream in streams}
        for packet in video.demux(streams):
            if packet.size:
                copied.mux(outputs[packet.stream.index].packet(packet))


class TrackCopy:
    """One track of the copy, and the time up to which it is written."""

    def __init__(self, copied: OutputContainer, stream: Stream, form: str):
        self.output = copied.add_stream_from_template(stream, opaque=True)
        codec = codec_of(stream)
        if codec == "hevc" and form == "mp4":
            self.output.codec_context.codec_tag = HEVC_TAG
        if stream.metadata.items() >= TRANSPARENT.items():
            self.output.metadata.update(TRANSPARENT)
        self.sei = SeiFilter(codec, stream.codec_context.extradata)
        self.last: int | None = None

    def packet(self, packet: "Packet[Stream]") -> "Packet[Stream]":
        content = bytes(packet)
        cleaned = self.sei.without_user_data(content)
        if cleaned != content:
            packet = with_content(packet, cleaned)
        packet.dts = self.last = self.growing(packet.pts if packet.dts is None else packet.dts)
        if packet.pts is not None and packet.pts < packet.dts:
            packet.pts = packet.dts
        packet.stream = self.output
        return packet

    def growing(self, time: int | None) -> int:
        """Muxers want times that grow; some cameras write one twice."""
        if self.last is None:
            return time or 0
        return self.last + 1 if time is None else max(self.last + 1, time)


def with_content(packet: "Packet[Stream]", content: bytes) -> "Packet[Stream]":
    changed = Packet(content)
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
    for extra in packet.iter_sidedata():
        changed.set_sidedata(extra)
    return changed


def check_samples(picture: VideoStream, file_bytes: int) -> None:
    """The index of an MP4 may point past the end of the file."""
    if any(entry.pos + entry.size > file_bytes for entry in picture.index_entries):
        raise CutOff("The video")


def looked_at(video: InputContainer, path: Path, content_type: str, folder: Path) -> IncomingFile:
    frame, picture = first_good_frame(video)
    rotation = frame.rotation % 360
    shape = video.streams.video[0].sample_aspect_ratio or Fraction(1)
    width, height = max(1, round(frame.width * shape)), frame.height
    if rotation in (90, 270):
        width, height = height, width
    picture = picture.rotate(rotation, expand=True) if rotation % 90 == 0 else picture
    duration = round((video.duration or 0) / av.time_base, 3)
    small, large, placeholder = write_renditions(picture, max(width, height), folder)
    size = path.stat().st_size
    return IncomingFile(
        path, content_type, size, width, height, duration, placeholder, small, large
    )


def first_good_frame(video: InputContainer) -> tuple[VideoFrame, Image.Image]:
    """The first that is not black or of one colour, among the first that stand alone."""
    first = None
    stream = one_thread(video.streams.video[0])
    shape = float(stream.sample_aspect_ratio or 1)
    for frame in islice(chain(key_frames(video), all_frames(video)), MAX_FRAMES_LOOKED_AT):
        picture = picture_of(frame, shape)
        first = first or (frame, picture)
        if ImageStat.Stat(picture.convert("L")).stddev[0] >= LEAST_CONTRAST:
            return frame, picture
    if not first:
        raise BadFile(f"There is no video in it that can be played: no frame is whole. {EXPORT}")
    return first


def key_frames(video: InputContainer) -> Iterator[VideoFrame]:
    """Each decoded by itself, so that the decoder holds no others."""
    stream = video.streams.video[0]
    for packet in video.demux(stream):
        if packet.size and packet.is_keyframe:
            with suppress(av.error.FFmpegError):
                yield from [*packet.decode(), *stream.decode(None)][:1]
            stream.codec_context.flush_buffers()


def all_frames(video: InputContainer) -> Iterator[VideoFrame]:
    """For videos in which no frame stands alone: pictures build up over several."""
    video.seek(0)
    stream = video.streams.video[0]
    for packet in islice(video.demux(stream), MAX_PACKETS_TO_A_FRAME):
        with suppress(av.error.FFmpegError):
            yield from packet.decode()
