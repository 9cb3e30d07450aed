"""The least of a video that tells its kind."""

import struct


def mp4(brand=b"isom", size=0):
    ftyp = b"ftyp" + brand + struct.pack(">I", 512) + brand
    return box(ftyp) + box(b"mdat" + b"\0" * size)


def box(content):
    return struct.pack(">I", len(content) + 4) + content


def webm(kind=b"webm"):
    doctype = b"\x42\x82" + bytes([0x80 | len(kind)]) + kind
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(doctype)]) + doctype + b"\x18\x53\x80\x67\x80"
