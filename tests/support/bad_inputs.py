"""A folder of bad inputs of at least 60 kinds, without a foreign file: everything is generated.

Each kind is a file name; `make(folder)` writes them all and returns {name: may it still give rows?}.
None means that either is right: decoders of different versions differ.
"""
import os
import random
import struct

import util


def riff(kind, body, size=None):
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + kind + body


def box(kind, body=b"", size=None):
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


def ebml(body=b"", size=0xffffff):
    return b"\x1a\x45\xdf\xa3" + struct.pack(">I", 0x10000000 | size) + body


def y4m_header(text):
    return b"YUV4MPEG2 " + text + b"\n"


def without_media():
    """Files that are no video at all."""
    noise = random.Random(7).randbytes
    return {
        "empty.mp4": b"", "one_byte.mp4": b"x", "newline.mkv": b"\n", "zeros.mp4": bytes(50000),
        "ones.avi": b"\xff" * 50000, "noise.mp4": noise(50000), "noise_small.mov": noise(64),
        "text.mp4": b"These are notes in a renamed text file.\n" * 50,
        "page.webm": b"<!DOCTYPE html><html><body>404 not found</body></html>",
        "json.mkv": b'{"video": "none"}', "xml.mov": b"<?xml version='1.0'?><a/>",
        "script.avi": b"#!/bin/sh\necho hello\n", "csv.mp4": b"frame,face_id\n1,0\n",
        "zip.mp4": b"PK\x03\x04" + noise(2000), "gzip.mp4": b"\x1f\x8b\x08\x00" + noise(2000),
        "elf.mp4": b"\x7fELF\x02\x01\x01" + bytes(500), "pdf.mp4": b"%PDF-1.7\n%%EOF\n",
        "git_lfs.mp4": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100\n",
        "utf16.mp4": "no video".encode("utf-16"), "bom.mkv": b"\xef\xbb\xbf# list\n",
        "playlist.ts": b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "concat.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "subtitles.mkv": b"1\n00:00:00,000 --> 00:00:01,000\nhello\n\n",
        "sound.avi": riff(b"WAVE", b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) +
                          b"data" + struct.pack("<I", 8000) + b"\x80" * 8000),
        "midi.mp4": b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60", "icon.mp4": bytes(4) + b"\x01\x00",
    }


def broken_headers():
    """The beginning of a container, and not much more."""
    ftyp = box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2")
    return {
        "mp4_type_only.mp4": ftyp, "mp4_no_index.mp4": ftyp + box(b"mdat", bytes(5000)),
        "mp4_empty_index.mp4": ftyp + box(b"moov"), "mp4_huge_box.mp4": ftyp + box(b"moov", b"", 0xfffffff0),
        "mp4_box_of_size_1.mp4": ftyp + struct.pack(">I", 1) + b"moov" + b"\xff" * 8,
        "mp4_tiny_box.mp4": ftyp + box(b"moov", b"", 3),
        "mp4_deep.mp4": ftyp + box(b"moov", b"".join(box(b"trak", b"", 8 + 8 * i) for i in range(500, 0, -1))),
        "mov_wide.mov": box(b"wide") + box(b"mdat", bytes(100)), "mkv_head.mkv": ebml(),
        "mkv_cut.mkv": ebml(b"\x42\x82\x88matroska", 12)[:14], "webm_junk.webm": ebml(b"\xff" * 3000),
        "avi_head.avi": riff(b"AVI ", b""), "avi_lying.avi": riff(b"AVI ", b"LIST" + b"\xff" * 4 + b"hdrl", 2 ** 31),
        "avi_lists.avi": riff(b"AVI ", (b"LIST" + struct.pack("<I", 4) + b"hdrl") * 2000),
        "flv_head.flv": b"FLV\x01\x01\x00\x00\x00\x09" + bytes(4), "flv_junk.flv": b"FLV\x01\x01\x00\x00\x00\x09" + b"\x12" * 400,
        "asf_head.wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(40),
        "ts_sync.ts": (b"\x47" + bytes(187)) * 50, "ps_head.mpg": b"\x00\x00\x01\xba" + bytes(60),
        "ogg_head.ogv": b"OggS" + bytes(60), "gif_head.gif": b"GIF89a" + bytes(7),
        "gif_zero.gif": b"GIF89a\x00\x00\x00\x00\x00\x00\x00;", "nut_head.nut": b"nut/multimedia container\0" + bytes(30),
        "mxf_head.mxf": bytes.fromhex("060e2b34020501010d01020101020400") + bytes(40),
        "rm_head.rm": b".RMF" + bytes(40), "dv_black.dv": bytes(120000), "jpeg_head.mjpg": b"\xff\xd8\xff\xe0",
    }


def broken_pictures():
    """Raw videos whose header or frames are wrong."""
    frame = b"FRAME\n" + b"\x10" * (32 * 32) + b"\x80" * 512
    return {
        "y4m_no_frame.y4m": y4m_header(b"W32 H32 F25:1 C420mpeg2"),
        "y4m_no_size.y4m": y4m_header(b"F25:1 C420mpeg2") + frame,
        "y4m_zero.y4m": y4m_header(b"W0 H0 F25:1 C420mpeg2") + frame,
        "y4m_negative.y4m": y4m_header(b"W-32 H32 F25:1 C420mpeg2") + frame,
        "y4m_huge.y4m": y4m_header(b"W2000000000 H2000000000 F25:1 C420mpeg2") + frame,
        "y4m_large.y4m": y4m_header(b"W16384 H8640 F25:1 C420mpeg2") + frame,
        "y4m_rate_zero.y4m": y4m_header(b"W32 H32 F0:0 C420mpeg2") + frame * 3,
        "y4m_rate_odd.y4m": y4m_header(b"W32 H32 F1:2000000000 C420mpeg2") + frame * 3,
        "y4m_colour.y4m": y4m_header(b"W32 H32 F25:1 C999") + frame,
        "y4m_cut.y4m": y4m_header(b"W32 H32 F25:1 C420mpeg2") + frame * 2 + frame[:200],
        "y4m_no_marker.y4m": y4m_header(b"W32 H32 F25:1 C420mpeg2") + frame + b"FRAXX\n" + frame,
        "y4m_endless_header.y4m": b"YUV4MPEG2 " + b"W32 " * 5000,
        "y4m_nul.y4m": b"YUV4MPEG2\0W32 H32\n" + frame,
    }


def make(folder, good=None):
    """Writes all of them; `good` is the path of a readable video of which damaged copies are added.
    Returns the sorted names."""
    files = {**without_media(), **broken_headers(), **broken_pictures()}
    if good:
        data, chance = util.read(good), random.Random(3)
        end = os.path.splitext(good)[1]
        for share in 1, 5, 20, 50, 90:
            files[f"cut_{share}{end}"] = data[:len(data) * share // 100]
        for n in 1, 20, 400:
            damaged = bytearray(data)
            for _ in range(n):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            files[f"damaged_{n}{end}"] = bytes(damaged)
        files[f"twice{end}"] = data + data
        files[f"hole{end}"] = data[:len(data) // 3] + bytes(5000) + data[len(data) // 3 + 5000:]
    os.makedirs(folder)
    for name, content in files.items():
        util.write(os.path.join(folder, name), content)
    os.mkdir(os.path.join(folder, "folder.mp4"))
    os.symlink("nowhere.mp4", os.path.join(folder, "dead_link.mp4"))
    os.symlink("loop.mp4", os.path.join(folder, "loop.mp4"))
    os.mkfifo(os.path.join(folder, "pipe.mp4"))
    return sorted(files) + ["dead_link.mp4", "loop.mp4"] # the folder and the pipe are no inputs
