"""A small RTSP server for tests: H.264 over the RTSP connection itself (interleaved), for one client.

A Server is a thread. `mute` selects where it stops to answer: "connect" accepts the connection and
never answers, "describe" stops before the description. After `frames` pictures it ends as `end`
states: "teardown" closes the connection, "silence" keeps it open and sends nothing more. `port` can
be set, so that a new server can replace an earlier one at the same address.
"""
import socket
import struct
import threading
import time


def pictures(annexb):
    """NAL units of each picture of an Annex B stream. Parameter sets belong to the next picture."""
    out, waiting = [], []
    for nal in annexb.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]:
        waiting.append(nal)
        if nal[0] & 31 in (1, 5):
            out.append(waiting)
            waiting = []
    return out


class Server(threading.Thread):
    def __init__(self, annexb, rate=30, frames=None, mute=None, end="teardown", port=0):
        super().__init__(daemon=True)
        self.pictures, self.rate, self.frames = pictures(annexb), rate, frames
        self.mute, self.end = mute, end
        self.over = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.url = f"rtsp://127.0.0.1:{self.socket.getsockname()[1]}/camera"
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.socket.close()

    def run(self):
        try:
            client, _ = self.socket.accept()
            with client:
                self.serve(client)
        except OSError:
            pass  # the client left, or the test is over

    def request(self, client):
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            more = client.recv(1)
            if not more:
                raise OSError
            text += more
        lines = text.decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return lines[0].split()[0], fields

    def serve(self, client):
        if self.mute == "connect":
            self.over.wait()
            return
        while True:
            method, fields = self.request(client)
            status, more, body = "200 OK", "", ""
            if method == "OPTIONS":
                more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                if self.mute == "describe":
                    self.over.wait()
                    return
                body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
                        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                        "a=fmtp:96 packetization-mode=1\r\na=control:track\r\n")
                more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
            elif method == "SETUP":
                if "interleaved" in fields["transport"]:
                    more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                else:
                    status = "461 Unsupported Transport"
            client.sendall(f"RTSP/1.0 {status}\r\nCSeq: {fields['cseq']}\r\nSession: 1\r\n{more}\r\n{body}"
                           .encode())
            if method == "PLAY":
                self.play(client)
                return

    def play(self, client):
        began, sequence = time.monotonic(), 0
        for k, nals in enumerate(self.pictures[:self.frames]):
            if self.over.wait(max(0, began + k / self.rate - time.monotonic())):
                return
            for i, nal in enumerate(nals):
                last = i == len(nals) - 1
                rtp = struct.pack(">BBHII", 0x80, 96 | last << 7, sequence & 0xffff,
                                  k * 90000 // self.rate, 7) + nal
                sequence += 1
                client.sendall(struct.pack(">cBH", b"$", 0, len(rtp)) + rtp)
        if self.end == "silence":
            self.over.wait()
