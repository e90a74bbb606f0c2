#!/usr/bin/env python3
"""Wrong input: each kind has its own exit status and one message that names the file and a cure.

usage: test_badinput.py PATH_TO_MIEN [SOURCE_ROOT] [NAME...]

The test writes the files itself where that is possible, and uses the ffmpeg program for the others.
"""
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import unittest
import zlib

import util
from util import face, needs_ffmpeg, read, read_csv, read_json, run, write, y4m

STUB = ("extract", "--provider", "stub")
HAVE_MODELS = util.have_models() if len(sys.argv) > 1 else False


def png(width, height, body=b"\0" * 100):
    """A PNG whose header states this size."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b""))


def bmp(width, height):
    return (b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) +
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0))


def wav(seconds=1):
    data = bytes(16000 * seconds)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" +
            struct.pack("<I", len(data)) + data)


class Case(util.Case):
    def refused(self, name, status, *words, options=STUB):
        """Checks that the input is an error and that no file is written for it."""
        before = self.here()
        done = run(*options, name, "-o", "o.csv")
        shown = os.fsdecode(name)
        self.fails_with(done, status, *([shown] if shown.isprintable() else []), *words)
        self.assertEqual(done.out, "")
        self.assertEqual(self.here(), before)

    def kept(self, name, status, *words, options=STUB):
        """Checks that rows are written and that the message and the sidecar report the damage.
        Returns the rows."""
        before = self.here()
        done = run(*options, name, "-o", "o.csv")
        self.fails_with(done, status, name, *words)
        self.assertEqual(self.here(), sorted(before + ["o.csv", "o.csv.meta.json"]))
        rows, m = read_csv("o.csv"), read_json("o.csv.meta.json")
        self.assertTrue(read("o.csv").endswith(b"\n"))
        self.assertIs(m["complete"], status != "EDAMAGED")
        self.assertEqual(m["status"], "MIEN_" + status)
        self.assertEqual(m["frames"]["analysed"], len({r["frame"] for r in rows}))
        self.assertEqual(sorted({r["frame"] for r in rows}), list(range(1, len(rows) + 1)))
        os.unlink("o.csv")
        os.unlink("o.csv.meta.json")
        return rows


@util.not_for_tsan
class Inputs(Case):
    """Input that is not a video."""

    def test_statuses_are_distinct(self):
        codes = util.exit_codes()
        self.assertGreater(len(codes), 20)
        own = [status for name, (_, status, _) in codes.items()
               if name not in ("EINTERNAL", "EAGAIN", "EEOF")]
        self.assertEqual(len(set(own)), len(own))
        self.assertNotIn(0, own)
        self.assertNotIn(1, own)

    def test_missing(self):
        self.refused("missing.mp4", "ENOINPUT")
        self.refused("no/such/folder/a.mp4", "ENOINPUT")
        self.refused("", "ENOINPUT")
        self.refused("seq/%04d.jpg", "ENOINPUT")
        self.refused("x" * 300, "ENOINPUT")
        self.refused("99", "ENOINPUT")  # a camera that does not exist

    def test_folder(self):
        os.mkdir("videos")
        for name in "videos", "videos/", ".":
            self.refused(name, "EINVAL", "-o FOLDER/")  # test_batch.py has the rest
            for arguments in ("run", "--csv", "-", "--source", name), ("bench", name):
                self.fails_with(run(*arguments, "--provider", "stub"), "EISDIR", name)

    def test_empty(self):
        write("empty.mp4", b"")
        self.refused("empty.mp4", "EEMPTY")

    def test_text(self):
        write("notes.mp4", b"Some notes in a renamed text file.\n" * 40)
        self.refused("notes.mp4", "ENOTMEDIA")
        write("page.mkv", b"<!DOCTYPE html>\n<html><body>404 not found</body></html>\n")
        self.refused("page.mkv", "ENOTMEDIA")
        write("one.mp4", b"x")
        self.refused("one.mp4", "ENOTMEDIA")
        write("zeros.mp4", bytes(100000))
        self.refused("zeros.mp4", "ENOTMEDIA")
        write("noise.mp4", random.Random(5).randbytes(100000))
        self.assertIn(run(*STUB, "noise.mp4", "-o", "-").status,
                      [util.EXIT[c] for c in ("ENOTMEDIA", "ENOVIDEO", "EDAMAGED")])

    def test_sound(self):
        write("song.wav", wav())
        self.refused("song.wav", "ENOVIDEO")
        write("talk.mp4", wav())
        self.refused("talk.mp4", "ENOVIDEO")

    @needs_ffmpeg
    def test_sound_with_a_cover(self):
        util.png("cover.png", [face(20, 20)], 100, 120)
        for name, options in (("a.mp3", ["-c:a", "libmp3lame", "-c:v", "copy"]),
                              ("a.flac", ["-c:v", "copy", "-disposition:v", "attached_pic"]),
                              ("a.m4a", ["-c:a", "aac", "-c:v", "copy", "-disposition:v",
                                         "attached_pic"])):
            if util.ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-i", "cover.png", "-map", "0",
                           "-map", "1", *options, name, check=False):
                self.refused(name, "ENOVIDEO")

    @needs_ffmpeg
    def test_subtitles_only(self):
        write("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nhello\n\n")
        self.assertIn(run(*STUB, "a.srt", "-o", "-").status,
                      (util.EXIT["ENOVIDEO"], util.EXIT["ENOTMEDIA"]))

    def test_unreadable(self):
        y4m("a.y4m", util.moving(2))
        os.chmod("a.y4m", 0)
        if os.access("a.y4m", os.R_OK):
            self.skipTest("root can read every file")
        self.refused("a.y4m", "ENOINPUT")

    def test_picture_renamed(self):
        """A wrong extension is no error: file types are detected by content, not by name."""
        util.png("a.mp4", [face(30, 40)])
        self.assertEqual([r["success"] for r in self.rows("a.mp4")], [1])
        y4m("a.jpg", util.moving(5))
        self.assertEqual(len(self.rows("a.jpg")), 5)


@util.not_for_tsan
class Hostile(Case):
    """Malicious files."""

    def test_lists_reach_no_other_file(self):
        y4m("secret.y4m", util.moving(7))
        here = os.path.abspath("secret.y4m")
        lists = {
            "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{0}\n#EXT-X-ENDLIST\n",
            "concat": "ffconcat version 1.0\nfile '{0}'\n",
            "plain": "file '{0}'\n",
            "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
                    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
                    'bandwidth="1"><BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period>'
                    '</MPD>',
            "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                   "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
            "smil": '<smil><body><video src="{0}"/></body></smil>',
        }
        for kind, text in lists.items():
            for target in "secret.y4m", here, "file:" + here:
                for extension in "mp4", "m3u8", "ffconcat", "mpd", "sdp", "txt":
                    name = f"{kind}.{extension}"
                    write(name, text.format(target).encode())
                    done = run(*STUB, name, "-o", "-")
                    self.assertEqual(done.out, "", f"{name} was followed to {target}")
                    self.fails_with(done, "ENOTMEDIA", name)
                    os.unlink(name)
                if util.SLOW:
                    break

    def test_unknown_protocols(self):
        y4m("secret.y4m", util.moving(7))
        for name in ("concat:secret.y4m", "subfile,,start,0,end,0,,:secret.y4m", "file:secret.y4m",
                     "cache:secret.y4m", "async:secret.y4m", "data:text/plain;base64,AAAA",
                     "crypto:secret.y4m", "pipe:0", "fd:0", "md5:out"):
            self.refused(name, "ENOINPUT")
        for name in "http://127.0.0.1:1/a.mp4", "file:///etc/passwd", "tcp://127.0.0.1:1":
            self.refused(name, "ENOINPUT")

    def test_names(self):
        data = read(y4m("plain.y4m", util.moving(3)))
        for name in ("%s%n%d%x.y4m", "%05d.y4m", "-o.y4m", "a:b.y4m", "file:plain.mp4",
                     "concat:plain.y4m|plain.y4m", "http:.y4m", "2024-01-01T12:30:00.y4m",
                     "sub,dir.y4m", "a?b=c.y4m", "a#b.y4m", "'a' \"b\".y4m", "$(id).y4m", "a\\b.y4m",
                     "\u00fc \u65e5\u672c \U0001f600.y4m", "new\nline.y4m", "esc\x1b[31m.y4m",
                     "bell\a.y4m", b"bad\xff\xfe.y4m", " ", "7", "..." + "x" * 200):
            write(name, data)
            path = name if isinstance(name, bytes) or not name.startswith("-") else "./" + name
            done = self.succeeds(*STUB, path, "-o", "-")
            self.assertEqual(len(read_csv(done.out)), 3, name)
            # the result is beside the input and has its name
            self.succeeds(*STUB, path, "-o", "out/", "--force")
            os.unlink(name)
        self.assertGreater(len(os.listdir("out")), 30)

    def test_names_in_sentences(self):
        """Control characters of a file name do not reach the terminal, where they could do harm."""
        for name in "new\nline.mp4", "esc\x1b[2Jx.mp4", "cr\rx.mp4", b"bad\xff.mp4", "%s%n.mp4":
            write(name, b"")
            done = run(*STUB, name, "-o", "o.csv", text=False)
            self.assertEqual(done.status, util.EXIT["EEMPTY"])
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
            self.assertFalse(any(ord(c) < 32 for c in done.stderr.rstrip("\n")), repr(done.stderr))
        self.assertIn("%s%n.mp4", done.stderr)

    @needs_ffmpeg
    def test_random_damage(self):
        """Random bytes: the program exits normally, rows are complete, no sanitizer reports an error."""
        y4m("a.y4m", util.crowd(25))
        for name, options in (("a.mp4", util.encoder()), ("a.mkv", util.encoder()),
                              ("a.avi", ["-c:v", "mpeg4"]), ("a.ts", ["-c:v", "mpeg2video"])):
            util.ffmpeg("-i", "a.y4m", *options, name)
        util.ffmpeg("-i", "a.y4m", "-frames:v", "1", "-pix_fmt", "yuvj420p", "a.jpg")
        good = {util.EXIT[c] for c in ("ENOTMEDIA", "ENOVIDEO", "EDAMAGED", "EDIMENSIONS",
                                       "ESIZECHANGE", "ETIMESTAMPS", "EEMPTY")} | {0}
        for name in "a.mp4", "a.mkv", "a.avi", "a.ts", "a.jpg", "a.y4m":
            whole = read(name)[:200000]
            for seed in range(3 if util.SLOW else 6):
                r = random.Random(f"{name}{seed}")
                data = bytearray(whole)
                for _ in range(r.choice((1, 10, 100))):
                    data[r.randrange(len(data) if seed % 2 else min(900, len(data)))] = r.randrange(256)
                if seed % 3 == 2:
                    del data[r.randrange(len(data)):]
                write("bad", data)
                done = run(*STUB, "bad", "-o", "-", "--max-frames", "60")
                self.assertIn(done.status, good, f"{name} seed {seed}: {done}")
                for sign in util.TROUBLE:
                    self.assertNotIn(sign, done.stderr, f"{name} seed {seed}")
                self.assertTrue(done.out == "" or done.out.endswith("\n"))
                self.assertLessEqual(len(done.stderr.splitlines()), 1, done)


class Damaged(Case):
    """Damaged and incomplete videos."""

    def make(self, *names):
        y4m("a.y4m", [[face(40 + i, 60 + i % 7)] for i in range(60)])
        for name in names:
            options = ["-c:v", "mpeg4", "-qscale:v", "2"] if name.endswith(".avi") else util.encoder()
            more = ["-movflags", "+faststart"] if "fast" in name else []
            util.ffmpeg("-i", "a.y4m", *options, "-g", "12", *more, name)

    def cut(self, name, share=0.6):
        data = read(name)
        write(name, data[:int(len(data) * share)])

    def check_kept(self, name, least):
        """The rows before the damage equal those of the undamaged file."""
        whole = self.rows(name)
        self.cut(name)
        rows = self.kept(name, "EDAMAGED")
        self.assertGreaterEqual(len(rows), least)
        self.assertLess(len(rows), len(whole))
        # the picture at the cut itself may be incomplete
        self.assertEqual(rows[:least], whole[:least])

    @needs_ffmpeg
    @util.not_for_tsan
    def test_nothing_of_other_pictures(self):
        """Damaged parts that a decoder skips are grey; they do not show a face of an earlier file."""
        y4m("a.y4m", [[face(40 + i, 60)] for i in range(40)])
        y4m("b.y4m", [[]] * 40)
        for name in "ab":
            util.ffmpeg("-i", name + ".y4m", "-c:v", "mjpeg", "-q:v", "2", name + ".avi")
        data, at, cut = bytearray(read("b.avi")), 0, 0
        while (at := data.find(b"\xff\xda", at)) > 0:  # the scan of each JPEG is cut to nothing
            begin, end = at + 12, data.find(b"\xff\xd9", at)
            data[begin:end] = b"\xff\xd9" + bytes(end - begin - 2)
            at, cut = end, cut + 1
        self.assertEqual(cut, 40)
        write("b.avi", bytes(data))
        alone = run(*STUB, "b.avi", "-o", "-").out
        os.mkdir("in")
        for k, name in enumerate("aaabab"):
            write(f"in/{k}{name}.avi", read(name + ".avi"))
        for more in ((), ("--exec", "processes"), ("--isolate-decoder",)):
            run(*STUB, "in", "-o", "out/", "-j", "1", "--force", *more)
            for k in 3, 5:
                self.assertEqual(read(f"out/{k}b.csv").decode(), alone, (more, k))

    @needs_ffmpeg
    def test_a_container_wrong_about_the_size(self):
        """The coded size of the pictures is used, whatever the container states and whichever memory
        holds the pixels."""
        y4m("a.y4m", [[face(40 + 9 * i, 60)] for i in range(60)], 1280, 720)
        util.ffmpeg("-i", "a.y4m", "-c:v", "flv1", "-q:v", "2", "a.avi")
        data = bytearray(read("a.avi"))
        at = data.find(b"strf") + 12
        self.assertEqual(struct.unpack("<ii", data[at:at + 8]), (1280, 720))
        data[at:at + 8] = struct.pack("<ii", 16, 16)
        write("b.avi", bytes(data))
        want = run(*STUB, "a.avi", "-o", "-").out
        self.assertGreater(len(read_csv(want)), 59)
        for more in ((), ("--isolate-decoder",), ("--exec", "processes")):
            self.assertEqual(run(*STUB, "b.avi", "-o", "-", "-j", "4", "MIEN_TEST=jitter=20000", *more).out, want, more)

    @needs_ffmpeg
    def test_an_edit_list_is_no_damage(self):
        """Editors trim without copying: frames outside the edit list are not missing."""
        y4m("a.y4m", util.moving(50))
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "-g", "10", "-bf", "0", "a.mp4")
        data = bytearray(read("a.mp4"))
        at = data.find(b"elst") + 12
        duration, since = struct.unpack(">Ii", data[at:at + 8])
        data[at:at + 8] = struct.pack(">Ii", duration // 2, since)
        write("b.mp4", bytes(data))
        rows = self.rows("b.mp4")
        self.assertLess(len(rows), 30)
        self.assertGreater(len(rows), 20)

    @needs_ffmpeg
    def test_mp4_index_first(self):
        self.make("fast.mp4")
        self.check_kept("fast.mp4", 12)

    @needs_ffmpeg
    @util.not_for_tsan
    def test_mp4_index_last(self):
        self.make("a.mp4")
        self.cut("a.mp4")
        self.refused("a.mp4", "EDAMAGED")

    @needs_ffmpeg
    @util.not_for_tsan
    def test_avi(self):
        self.make("a.avi")
        self.check_kept("a.avi", 12)

    @needs_ffmpeg
    @util.not_for_tsan
    def test_mkv(self):
        self.make("a.mkv")
        self.check_kept("a.mkv", 12)

    @needs_ffmpeg
    @util.not_for_tsan
    def test_cut_in_the_header(self):
        self.make("a.mkv", "a.avi", "fast.mp4")
        for name in "a.mkv", "a.avi", "fast.mp4":
            data = read(name)
            for size in 20, 40, 200:
                write(name, data[:size])
                done = run(*STUB, name, "-o", "-")
                self.assertIn(done.status, [util.EXIT[c] for c in ("EDAMAGED", "ENOTMEDIA",
                                                                   "ENOVIDEO", "EDIMENSIONS")], size)
                self.assertEqual(len(done.stderr.splitlines()), 1, done)

    @needs_ffmpeg
    @util.not_for_tsan
    def test_video_too(self):
        """The annotated copy of a damaged video contains its frames."""
        self.make("fast.mp4")
        self.cut("fast.mp4")
        done = run(*STUB, "fast.mp4", "-o", "o.csv", "--video", "o.mp4")
        if done.status == util.EXIT["ENOTBUILT"]:
            self.skipTest("no encoder")
        self.fails_with(done, "EDAMAGED", "fast.mp4")
        self.assertEqual(len(util.probe_times("o.mp4")), len(read_csv("o.csv")))

    @needs_ffmpeg
    @util.not_for_tsan
    def test_damage_that_the_decoder_hides(self):
        if "libx264" not in util.encoder():
            self.skipTest("ffmpeg without libx264")
        util.ffmpeg("-f", "lavfi", "-i", "testsrc=size=640x480:rate=25:duration=2", "-c:v",
                    "libx264", "-g", "50", "a.mp4")
        data = bytearray(read("a.mp4"))
        start = data.index(b"mdat")
        for i in range(4):
            data[start + 9000 + 997 * i] ^= 0x5a
        write("b.mp4", data)
        p = subprocess.run([util.FFMPEG, "-v", "error", "-i", "b.mp4", "-f", "null", "-"],
                           stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if b"rror" not in p.stderr and b"corrupt" not in p.stderr:
            self.skipTest("FFmpeg's decoder reports no damage")
        self.assertEqual(run(*STUB, "b.mp4", "-o", "-").status, util.EXIT["EDAMAGED"])

    @needs_ffmpeg
    @util.not_for_tsan
    def test_cut_off_photo(self):
        util.ffmpeg("-f", "lavfi", "-i", "testsrc=size=640x480", "-frames:v", "1", "-pix_fmt",
                    "yuvj420p", "a.jpg")
        self.cut("a.jpg", 0.4)
        self.assertEqual(run(*STUB, "a.jpg", "-o", "-").status, util.EXIT["EDAMAGED"])

    @util.not_for_tsan
    def test_picture_missing_in_a_sequence(self):
        for i in 1, 2, 3, 5, 6:
            util.png(f"{i:03d}.png", [face(30, 40)])
        done = run(*STUB, "%03d.png", "-o", "o.csv")
        self.fails_with(done, "EDAMAGED", "%03d.png")
        self.assertEqual(len(read_csv("o.csv")), 3)

    @needs_ffmpeg
    def test_max_frames_asks_for_no_more(self):
        """A run that is limited to the first frames does not report damage after them."""
        self.make("fast.mp4")
        self.cut("fast.mp4")
        self.assertEqual(len(self.rows("fast.mp4", "--max-frames", "5")), 5)


@util.not_for_tsan
class Sizes(Case):
    def test_no_size(self):
        write("zero.png", png(0, 0))
        self.refused("zero.png", "EDIMENSIONS")
        write("zero.bmp", bmp(0, 0))
        self.refused("zero.bmp", "EDIMENSIONS")

    def test_16k(self):
        write("big.png", png(16384, 16384))
        self.refused("big.png", "EDIMENSIONS")
        write("huge.png", png(100000, 100000))
        self.refused("huge.png", "EDIMENSIONS")
        write("a.y4m", b"YUV4MPEG2 W16384 H8640 F25:1 C420mpeg2\nFRAME\n" + bytes(100000))
        self.refused("a.y4m", "EDIMENSIONS", "16384 x 8640")
        write("b.y4m", b"YUV4MPEG2 W12001 H16 F25:1 C420mpeg2\nFRAME\n" + bytes(300000))
        self.refused("b.y4m", "EDIMENSIONS", "12001 x 16")
        write("c.y4m", b"YUV4MPEG2 W2000000000 H2000000000 F25:1 C420mpeg2\nFRAME\n")
        self.assertIn(run(*STUB, "c.y4m", "-o", "-").status,
                      [util.EXIT[c] for c in ("EDIMENSIONS", "ENOTMEDIA", "EDAMAGED")])

    @needs_ffmpeg
    def test_sizes_in_an_mp4_header(self):
        """The size of the pictures is used, not the size in the track header."""
        y4m("a.y4m", util.moving(5))
        util.ffmpeg("-i", "a.y4m", *util.encoder(), "a.mp4")
        want = self.rows("a.mp4")
        for size in 0, 16000:
            data = bytearray(read("a.mp4"))
            at = data.index(b"tkhd") + 80
            data[at:at + 8] = struct.pack(">II", (size << 16) & 0xffffffff, (size << 16) & 0xffffffff)
            entry = b"avc1" if b"avc1" in data else b"mp4v"
            at = data.index(entry, data.index(b"stsd")) + 28
            data[at:at + 4] = struct.pack(">HH", size, size)
            write("b.mp4", data)
            done = run(*STUB, "b.mp4", "-o", "-")
            if done.status == 0:
                self.assertEqual(read_csv(done.out), want)
            else:
                self.fails_with(done, "EDIMENSIONS", "b.mp4")

    @needs_ffmpeg
    def test_raw_video_of_no_size(self):
        util.ffmpeg("-f", "lavfi", "-i", "color=white:size=40x40:rate=5:duration=1", "-c:v",
                    "rawvideo", "-pix_fmt", "bgr24", "a.avi")
        data = bytearray(read("a.avi"))
        at = data.index(b"avih") + 40
        data[at:at + 8] = bytes(8)
        at = data.index(b"strf") + 12
        data[at:at + 8] = bytes(8)
        write("a.avi", data)
        self.refused("a.avi", "EDIMENSIONS")

    @needs_ffmpeg
    def test_change_of_size(self):
        if "libx264" not in util.encoder():
            self.skipTest("ffmpeg without libx264")
        for i, (w, h, k) in enumerate(((320, 240, 1), (640, 480, 2), (320, 240, 1))):
            y4m("a.y4m", [[face(40 * k, 40 * k, 60 * k, 80 * k)]] * 10, w, h)
            util.ffmpeg("-i", "a.y4m", *util.encoder(), "-bf", "0", "-f", "h264", f"{i}.h264")
        write("all.h264", b"".join(read(f"{i}.h264") for i in range(3)))
        for name in "all.ts", "all.mkv":
            util.ffmpeg("-fflags", "+genpts", "-r", "25", "-i", "all.h264", "-c", "copy", name)
        for name in "all.ts", "all.mkv":
            rows = self.kept(name, "ESIZECHANGE", "10 frames", "320 x 240")
            self.assertEqual(len(rows), 30)
            for r in rows:
                self.box_near(r, (40, 40, 60, 80), 2)
        y4m("a.y4m", util.moving(3))
        self.assertEqual(len(self.rows("a.y4m")), 3)

    def test_pictures_of_different_sizes(self):
        for i, (w, h) in enumerate(((320, 240), (320, 240), (240, 320), (640, 480))):
            util.png(f"{i}.png", [face(30, 40)], w, h)
        rows = self.kept("%d.png", "ESIZECHANGE")
        self.assertEqual(len(rows), 4)


@util.not_for_tsan
class Times(Case):
    @needs_ffmpeg
    def test_negative(self):
        y4m("a.y4m", util.moving(30))
        if not util.ffmpeg("-i", "a.y4m", "-c:v", "mjpeg", "-bsf:v", "setts=ts=TS-500", "-copyts",
                           "-avoid_negative_ts", "disabled", "a.mkv", check=False):
            self.skipTest("ffmpeg without setts")
        rows = self.kept("a.mkv", "ETIMESTAMPS")
        self.assertEqual(len(rows), 30)
        for i, r in enumerate(rows):
            self.near(r["timestamp"], i / 25 - 0.5, 1e-6)

    @needs_ffmpeg
    def test_repeated(self):
        y4m("a.y4m", util.moving(30))
        if not util.ffmpeg("-i", "a.y4m", "-c:v", "mjpeg", "-bsf:v",
                           "setts=ts=if(eq(N\\,10)\\,PREV_OUTPTS\\,PTS)", "a.mkv", check=False):
            self.skipTest("ffmpeg without setts")
        rows = self.kept("a.mkv", "ETIMESTAMPS", "1 timestamp")
        self.assertEqual(len(rows), 30)
        self.assertEqual(rows[10]["timestamp"], rows[9]["timestamp"])
        self.near(rows[11]["timestamp"], 11 / 25, 1e-6)
        done = run(*STUB, "a.mkv", "-o", "o.csv", "--video", "o.mp4")
        if done.status != util.EXIT["ENOTBUILT"]:
            self.assertEqual(done.status, util.EXIT["ETIMESTAMPS"])
            self.assertEqual(len(util.probe_times("o.mp4")), 30)

    @needs_ffmpeg
    def test_none(self):
        y4m("a.y4m", util.moving(30))
        util.ffmpeg("-i", "a.y4m", "-c:v", "mpeg4", "-f", "m4v", "a.m4v")
        done = run(*STUB, "a.m4v", "-o", "-")
        self.assertIn(done.status, (0, util.EXIT["ETIMESTAMPS"]))
        self.assertEqual(len(read_csv(done.out)), 30)
        times = [r["timestamp"] for r in read_csv(done.out)]
        self.assertEqual(times, sorted(times))


@util.not_for_tsan
class Models(Case):
    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.moving(2))

    def refused(self, status, *words, options, env=None):
        before = self.here()
        done = run("extract", "a.y4m", "-o", "o.csv", *options, env=env)
        self.fails_with(done, status, *words)
        self.assertEqual(self.here(), before)

    def test_no_runtime(self):
        write("libfake.so", b"not a library")
        for path in "/nonexistent/libonnxruntime.so", os.path.abspath("libfake.so"):
            self.refused("ENORUNTIME", path, options=("--models", "."),
                         env={"MIEN_ONNXRUNTIME": path})

    def test_provider(self):
        for provider in ("warp", "", "CPU,CUDA", "cpu ", "remote", "detect", "detect=", "detect=warp", "eyes=cpu",
                         "gaze=cpu,gaze=cpu", "detect=cpu,", "=cpu", "x" * 200, "detect=" + "x" * 200):
            done = run("extract", "a.y4m", "-o", "o.csv", "--provider", provider, "--models", ".")
            self.fails_with(done, "EINVAL")
        for twice in "detect=cpu,detector=cpu", "mouth=cpu":
            done = run("extract", "a.y4m", "-o", "o.csv", "--provider", twice)
            self.fails_with(done, "EINVAL", "detector, mesh, gaze, landmarks and mtl")

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_provider_that_does_not_load(self):
        loads = run("--version", env=util.FOREIGN_LEAKS).out.splitlines()[-1]
        for provider in "cuda", "openvino", "coreml":
            if provider not in loads:
                done = run("extract", "a.y4m", "-o", "o.csv", "--models", util.MODELS, "--landmarks", "network",
                           "--provider", provider)
                self.fails_with(done, "EPROVIDER", provider, "install", "MIEN_ONNXRUNTIME")
                self.assertNotRegex(done.stderr, r"::|\.cc|ONNXRuntimeError|/")
                for role in "detect", "gaze":
                    for how in "threads", "processes":
                        self.refused("EPROVIDER", provider, role, options=(
                            "--models", util.MODELS, "--landmarks", "network", "--provider",
                            f"{role}={provider}", "--exec", how))

    @util.not_for_tsan
    def test_input_size(self):
        for size in "95", "449", "x":
            self.refused("EINVAL", "--input-size", options=(*STUB[1:], "--input-size", size))
        for how in "threads", "processes":
            self.assertEqual(run(*STUB, "a.y4m", "-o", "g.csv", "-f", "--input-size", "224", "--exec", how).status, 0)
            self.assertEqual(util.read_json("g.csv.meta.json")["options"]["input_size"], 224)
            if HAVE_MODELS:  # their input size is fixed
                self.refused("EMODELROLE", util.GAZE, "448 x 448", options=(
                    "--models", util.MODELS, "--analysis", "gaze", "--input-size", "224", "--exec", how))

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_folders(self):
        self.refused("ENOMODEL", "nowhere", "mien models pull", options=("--models", "nowhere"))
        os.mkdir("empty")
        self.refused("ENOMODEL", "empty", options=("--models", "empty"))
        self.refused("ENOMODEL", "empty", options=(), env={"MIEN_MODELS": os.path.abspath("empty")})
        self.refused("ENOMODEL", "resnet18", options=("--models", util.MODELS, "--gaze-model",
                                                      "resnet18-gaze"))
        self.refused("EUNKNOWNMODEL", "nonsense", options=("--models", util.MODELS, "--gaze-model",
                                                           "nonsense"))
        self.refused("ENOMODEL", "nonsense.onnx", options=("--models", util.MODELS, "--detector",
                                                           "nonsense.onnx"))

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_damaged(self):
        os.mkdir("m")
        for name in util.DETECTOR, util.GAZE:
            shutil.copy(os.path.join(util.MODELS, name), "m")
            os.chmod("m/" + name, 0o644)
        self.succeeds("extract", "a.y4m", "-o", "-", "--models", "m")
        for name in util.DETECTOR, util.GAZE:
            whole = read("m/" + name)
            data = bytearray(whole)
            data[len(data) // 2] ^= 1
            for broken in data, whole[:-1], whole[:1000], whole + b"\0":
                write("m/" + name, broken)
                self.refused("EBADMODEL", "m/" + name, options=("--models", "m"))
            write("m/" + name, b"")
            done = run("extract", "a.y4m", "-o", "o.csv", "--models", "m")
            self.assertIn(done.status, (util.EXIT["EBADMODEL"], util.EXIT["ENOMODEL"]), done)
            write("m/" + name, whole)

    @unittest.skipUnless(HAVE_MODELS and os.path.isdir(os.path.join(util.MODELS, "openface22")), "no models")
    def test_two_damaged(self):
        """Two damaged models are read at the same time, but only the first error is reported."""
        shutil.copytree(util.MODELS, "m", copy_function=os.symlink)
        for name in (util.DETECTOR, "openface22/model/main_clnf_general.txt"):
            os.remove("m/" + name)
            write("m/" + name, b"LandmarkDetector nowhere.txt\n")
        for j in "1", "2", "4":
            options = "--models", "m", "--landmarks", "network", "--analysis", "au", "-j", j
            self.refused("EBADMODEL", util.DETECTOR, options=options)
            os.rename("m/" + util.DETECTOR, "whole")
            shutil.copy(os.path.join(util.MODELS, util.DETECTOR), "m")
            done = run("extract", "a.y4m", "-o", "o.csv", *options)
            self.assertEqual(done.status, util.EXIT["ENOMODEL"], done)
            self.assertRegex(done.stderr, r"^mien: .*nowhere\.txt: .*\n$")
            os.replace("whole", "m/" + util.DETECTOR)

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_unknown(self):
        write("mine.onnx", b"\x08\x07 no network at all")
        self.refused("EUNKNOWNMODEL", "mine.onnx", "--allow-unknown-models",
                     options=("--models", util.MODELS, "--detector", "./mine.onnx"))
        done = run("extract", "a.y4m", "-o", "o.csv", "--models", util.MODELS, "--detector",
                   "./mine.onnx", "--allow-unknown-models")
        self.fails_with(done, "EBADMODEL", "mine.onnx")

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_role(self):
        detector, gaze = (os.path.join(util.MODELS, f) for f in (util.DETECTOR, util.GAZE))
        self.refused("EMODELROLE", util.GAZE, options=("--models", util.MODELS, "--detector", gaze))
        self.refused("EMODELROLE", util.DETECTOR,
                     options=("--models", util.MODELS, "--gaze-model", detector))
        other = os.path.join(util.MODELS, "pfld_68.onnx")
        if os.path.exists(other):
            for option in "--detector", "--gaze-model":
                done = run("extract", "a.y4m", "-o", "o.csv", "--models", util.MODELS, option, other,
                           "--allow-unknown-models")
                self.fails_with(done, "EMODELROLE", "pfld_68.onnx")

    @unittest.skipUnless(HAVE_MODELS, "models or ONNX Runtime missing")
    def test_models_come_first(self):
        """A wrong model is reported before any long work, and nothing is written."""
        done = run("extract", "missing.mp4", "-o", "o.csv", "--models", "nowhere")
        self.assertIn(done.status, (util.EXIT["ENOMODEL"], util.EXIT["ENOINPUT"]))
        self.assertEqual(len(done.stderr.splitlines()), 1)


def unprivileged():
    """Arguments for subprocess that drop the rights of root, or None if that is impossible."""
    if os.geteuid() != 0:
        return {}
    more = {"user": 65534, "group": 65534, "extra_groups": []}
    try:
        if subprocess.run([util.MIEN, "columns"], stdout=subprocess.DEVNULL, **more).returncode == 0:
            return more
    except (OSError, subprocess.SubprocessError):
        pass
    return None


class Outputs(Case):
    def setUp(self):
        super().setUp()
        y4m("a.y4m", util.crowd(90)[:30] if util.TSAN else util.crowd(90) * 2)

    def refused(self, status, *words, options=(), **more):
        before = self.here()
        done = run(*STUB, "a.y4m", *options, **more)
        self.fails_with(done, status, *words)
        self.assertEqual(self.here(), before)

    @util.not_for_tsan
    def test_missing_folder(self):
        self.refused("EOUTPUT", "no/such/o.csv", options=("-o", "no/such/o.csv"))
        self.refused("EOUTPUT", "no/such", options=("-o", "no/such/folder/"))
        write("file", b"")
        self.refused("EOUTPUT", "file", options=("-o", "file/o.csv"))
        self.refused("EOUTPUT", "file", options=("-o", "file/"))

    @util.not_for_tsan
    def test_folder_for_a_file(self):
        os.mkdir("o.csv")
        done = run("run", "--provider", "stub", "--source", "a.y4m", "--csv", "o.csv")
        self.fails_with(done, "EOUTPUT", "o.csv")
        os.mkdir("p")
        os.mkdir("p/a.csv")
        self.refused("EOUTPUT", "p/a.csv", options=("-o", "p/"))

    @util.not_for_tsan
    def test_existing(self):
        write("o.csv", b"precious")
        self.refused("EEXISTS", "o.csv", "--force", options=("-o", "o.csv"))
        self.assertEqual(read("o.csv"), b"precious")

    @util.not_for_tsan
    def test_read_only_folder(self):
        more = unprivileged()
        if more is None:
            self.skipTest("root can write everywhere, and its rights cannot be dropped on this machine")
        os.chmod(".", 0o755)
        os.mkdir("readonly")
        os.chmod("readonly", 0o555)
        self.refused("EOUTPUT", "readonly/o.csv", options=("-o", "readonly/o.csv"), **more)
        self.refused("EOUTPUT", "readonly", options=("-o", "readonly/"), **more)
        self.refused("EOUTPUT", "readonly", options=("-o", "readonly/new/"), **more)
        os.chmod("readonly", 0o755)
        write("readonly/o.csv", b"precious")
        os.chmod("readonly", 0o555)
        self.refused("EOUTPUT", "readonly/o.csv", options=("-o", "readonly/o.csv", "--force"), **more)
        os.chmod("readonly", 0o755)

    def check_full(self, done, folder="."):
        self.fails_with(done, "EFULL", "o.csv")
        here = sorted(f for f in os.listdir(folder) if f.startswith("o.csv"))
        for f in here:
            self.assertTrue(f.endswith(".partial"), here)
        rows = [f for f in here if f == "o.csv.partial"]
        return read(os.path.join(folder, rows[0])) if rows else b""

    @util.not_for_tsan
    def test_file_size_limit(self):
        """Simulates a full disk."""
        whole = self.succeeds(*STUB, "a.y4m", "-o", "-").out.encode()
        for limit in 0, 100, 10000, len(whole) - 10:
            done = run(*STUB, "a.y4m", "-o", "o.csv",
                       preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)))
            kept = self.check_full(done)
            self.assertLessEqual(len(kept), limit)
            self.assertTrue(whole.startswith(kept))
        done = run(*STUB, "a.y4m", "-o", "o.jsonl", "--max-frames", "2",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        self.fails_with(done, "EFULL", "o.jsonl")

    @needs_ffmpeg
    @util.not_for_tsan
    def test_file_size_limit_of_a_video(self):
        done = run(*STUB, "a.y4m", "-o", "o.csv", "--video", "o.mp4",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)))
        if done.status == util.EXIT["ENOTBUILT"]:
            self.skipTest("no encoder")
        self.fails_with(done, "EFULL")
        self.assertEqual([f for f in self.here() if f in ("o.csv", "o.mp4", "o.csv.meta.json")], [])

    @util.not_for_tsan
    def test_full_device(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            p = subprocess.run([util.MIEN, *STUB, "a.y4m", "-o", "-"], stdout=full,
                               stderr=subprocess.PIPE, timeout=util.TIMEOUT)
        self.fails_with(util.Outcome(p.returncode, "", p.stderr.decode()), "EFULL")

    @util.not_for_tsan
    def test_full_disk(self):
        """Writes to a file system of 64 KB, which is mounted in a separate mount namespace."""
        os.mkdir("small")
        script = ('mount -t tmpfs -o size=64k tmpfs small && head -c 40000 /dev/zero >small/fill && '
                  '{ "$@" 2>stderr; echo $? >status; cp small/o* . 2>/dev/null; true; }')
        try:
            p = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", util.MIEN, *STUB, "a.y4m",
                                "-o", "small/o.csv"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, timeout=util.TIMEOUT)
        except FileNotFoundError:
            self.skipTest("no unshare program")
        if p.returncode or not os.path.exists("status"):
            self.skipTest("no file system can be mounted here: " + p.stderr.decode().strip()[:100])
        done = util.Outcome(int(read("status")), "", read("stderr").decode())
        whole = self.succeeds(*STUB, "a.y4m", "-o", "-").out.encode()
        kept = self.check_full(done)
        self.assertTrue(whole.startswith(kept))
        self.assertGreater(len(kept), 10000, "the rows that had room")

    def test_two_at_once(self):
        """Two runs write the same file: one fails with a message, and the result is undamaged."""
        p = util.start(*STUB, "a.y4m", "-o", "o.csv", "-j", "1", "MIEN_TEST=jitter=15000")
        try:
            while not os.path.exists("o.csv.partial"):
                self.assertIsNone(p.poll())
            done = run(*STUB, "a.y4m", "-o", "o.csv", "--max-frames", "1")
            self.fails_with(done, "EEXISTS", "o.csv")
        finally:
            _, stderr = p.communicate(timeout=util.TIMEOUT)
        self.assertEqual(p.returncode, 0, stderr)
        self.assertEqual(read("o.csv").decode(), self.succeeds(*STUB, "a.y4m", "-o", "-").out)


if __name__ == "__main__":
    sys.exit(util.main(__doc__))
