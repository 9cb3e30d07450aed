"""Videos are looked at, and their pictures and sound copied as they are."""

import contextlib
import io
import struct
import tempfile
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.kinds import kind_of
from joip.media.incoming.sei import SeiFilter
from joip.media.incoming.videos import read_video
from tests.made_media import PLACE, picture, played, video

pytestmark = pytest.mark.backend_free

TAGS = {"title": PLACE.decode(), "location": "+60.3971+005.3245/", "comment": PLACE.decode()}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def index_first(content):
    """An MP4 with its index before the rest; what the index points to is not looked at."""
    at = content.index(b"moov") - 4
    return content[at:] + content[:at]


@pytest.fixture
def read(tmp_path):
    def read(content):
        source = tmp_path / "source"
        source.write_bytes(content)
        return read_video(source, kind_of(io.BytesIO(content)), tmp_path)

    return read


@pytest.mark.parametrize(
    ("form", "codec", "sound", "options", "becomes"),
    [
        ("mp4", "libx264", "aac", {}, "video/mp4"),
        ("mp4", "libx264", "aac", FRAGMENTED, "video/mp4"),
        ("mp4", "libx264", None, {"brand": "M4V "}, "video/mp4"),
        ("mp4", "libsvtav1", "libopus", {}, "video/mp4"),
        ("mov", "libx264", "aac", {}, "video/mp4"),
        ("mov", "libx265", "aac", {}, "video/mp4"),
        ("webm", "libvpx", "libopus", {}, "video/webm"),
        ("webm", "libvpx-vp9", "libopus", {"live": "1"}, "video/webm"),
        ("matroska", "libx264", "libmp3lame", {}, "video/mp4"),
        ("matroska", "libvpx-vp9", None, {}, "video/webm"),
    ],
)
def test_what_browsers_play_is_stored_without_places(form, codec, sound, options, becomes, read):
    before = video(form, codec, sound, options=options, tags=TAGS)
    file = read(before)
    after = file.path.read_bytes()
    assert file.content_type == becomes
    assert (file.width, file.height) == (96, 64)
    assert file.duration == pytest.approx(1, abs=0.25)
    assert played(after) == played(before)
    assert PLACE not in after
    assert b"+60.39" not in after


def test_an_mp4_begins_with_its_index(read):
    after = read(video()).path.read_bytes()
    assert after.index(b"moov") < after.index(b"mdat")


def test_hevc_has_the_name_that_safari_plays(read):
    assert b"hvc1" in read(video("mov", "libx265")).path.read_bytes()


@pytest.mark.parametrize(("handler", "entry"), [(b"sbtl", b"tx3g"), (b"meta", b"gpmd")])
def test_subtitles_and_the_positions_of_drones_go(handler, entry, read):
    before = video(subtitles="mov_text", tags=TAGS)
    before = before.replace(b"sbtl", handler).replace(b"tx3g", entry)
    assert PLACE in before
    after = read(before).path.read_bytes()
    with av.open(io.BytesIO(after)) as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]
    assert PLACE not in after


def test_boxes_between_and_behind_the_video_go(read):
    told = struct.pack(">I4s", 8 + len(PLACE), b"free") + PLACE
    before = told + video(options=FRAGMENTED) + told
    assert PLACE not in read(before).path.read_bytes()


def test_transparency_stays(read):
    transparent = b"\x53\xc0\x81\x01"  # Matroska's AlphaMode
    before = video("webm", "libvpx-vp9", None, pixels="yuva420p", tags=TAGS)
    after = read(before).path.read_bytes()
    assert transparent in before
    assert transparent in after
    assert PLACE not in after


def test_rotation_stays_and_counts(read):
    file = read(video(rotation=90))
    assert (file.width, file.height) == (64, 96)
    with av.open(str(file.path)) as after:
        assert next(after.decode(video=0)).rotation == 90
    with Image.open(file.small) as small:
        assert small.size == (64, 96)


def test_renditions_are_of_the_first_frame_that_shows_something(read):
    black = video(sound=None, frames=4, codec_options={"g": "1"})
    file = read(black)
    with Image.open(file.small) as small:
        assert small.size == (96, 64)
        assert small.convert("L").getextrema() > (0, 100)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: video("mov", "prores_ks", None, pixels="yuv422p10le"), "it is in prores"),
        (lambda: video("mov", "mpeg4"), "it is in mpeg4"),
        (lambda: video("mov", sound="pcm_s16le"), "h264 and pcm_s16le do not go together"),
        (lambda: video("matroska", "mpeg4"), "it is in mpeg4"),
        (lambda: video()[:-100], "cut off"),
        (lambda: index_first(video())[:-100], "cut off"),
        (lambda: video(options=FRAGMENTED)[:-100], "cut off"),
        (lambda: video("webm", "libvpx", "libopus")[:-100], "cut off"),
        (lambda: video("webm", "libvpx", None, options={"live": "1"})[:-9], "cut off"),
        (lambda: video("mp4", "libx264").replace(b"moov", b"free"), "no video in it"),
        (lambda: video("mp4", None), "no video in it"),
    ],
)
def test_what_does_not_play_is_refused_with_the_reason(made, why, read):
    with pytest.raises(BadFile, match=why):
        read(made())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture or video that browsers show"),
        (b"%PDF-1.7 and more", "no picture or video that browsers show"),
        (b"II*\0\x10\0\0\0CR\x02\0", "Export it as a JPEG"),
        (b"MM\0*\0\0\0\x08", "Export it as a JPEG"),
        (b"FUJIFILMCCD-RAW 0201", "camera raw"),
        (b"BM" + bytes(60), "BMP"),
        (b"RIFF\0\0\1\0AVI LIST", "AVI"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x08meta", "AVIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom\0\0\0\x08moov", "camera raw"),
        (b"\0\0\0\x18ftypM4A \0\0\0\1M4A isom\0\0\0\x08mdat", "no video in it"),
        (b"\x1a\x45\xdf\xa3\x84\x42\x82\x81x", "neither WebM nor Matroska"),
    ],
)
def test_other_files_are_refused_with_what_to_do(content, why):
    with pytest.raises(BadFile, match=why):
        kind_of(io.BytesIO(content))


def test_user_data_beside_the_picture_goes_and_the_rest_stays():
    configuration = b"\1\x64\0\x0a\xff"
    recovery, told = b"\x06\x06\x01\x80\x80", bytes([5, 16 + len(PLACE)]) + bytes(16) + PLACE
    both = b"\x06" + told.replace(b"\0\0", b"\0\0\3") + b"\x06\x01\x80\x80"
    pixels = b"\x65" + b"pixels"
    packet = b"".join(struct.pack(">I", len(unit)) + unit for unit in (both, recovery, pixels))
    after = SeiFilter("h264", configuration).without_user_data(packet)
    kept = (b"\x06\x06\x01\x80\x80", recovery, pixels)
    assert after == b"".join(struct.pack(">I", len(unit)) + unit for unit in kept)


def test_a_cover_picture_is_no_video(read):
    file = io.BytesIO()
    cover = io.BytesIO()
    picture().save(cover, "JPEG")
    with av.open(file, "w", format="matroska") as made:
        made.add_attachment("cover.jpg", "image/jpeg", cover.getvalue())
        sound = made.add_stream("libopus", rate=48000)
        frame = av.AudioFrame(sound.format.name, sound.layout.name, 960)
        frame.sample_rate, frame.pts = 48000, 0
        made.mux(sound.encode(frame))
        made.mux(sound.encode(None))
    with pytest.raises(BadFile, match="no video in it"):
        read(file.getvalue())


MADE = [
    video(frames=6),
    video(options=FRAGMENTED, codec_options={"g": "2"}, frames=6),
    video("webm", "libvpx", "libopus", frames=6),
    video("webm", "libvpx-vp9", None, options={"live": "1"}, frames=6),
]


@settings(max_examples=60, derandomize=True, database=None)
@given(data=st.data())
def test_a_cut_off_or_damaged_video_plays_or_is_refused_with_a_reason(data):
    content = bytearray(data.draw(st.sampled_from(MADE)))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(content)
        try:
            file = read_video(source, kind_of(io.BytesIO(content)), Path(folder))
        except BadFile:
            return
        assert has_a_frame(file.path)


def has_a_frame(path):
    """A damaged packet before it is passed over by players."""
    with av.open(str(path)) as file:
        for packet in file.demux(video=0):
            with contextlib.suppress(av.error.FFmpegError):
                if packet.decode():
                    return True
    return False
