"""A WebSocket server (RFC 6455) that notices the mistakes of a client."""
import base64
import hashlib
import socket
import struct


class WebSocketServer:
    """One client at a time. Each of its frames must be masked, final and text, pong or close."""

    def __init__(self, port=0, status="101 Switching Protocols", accept=None):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        self.status, self.accept = status, accept

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def greet(self, early=b""):
        """Takes a connection; `early` follows the answer at once."""
        self.client, _ = self.listener.accept()
        self.client.settimeout(20)
        self.file = self.client.makefile("rb")
        self.request = self.file.readline().decode().strip()
        self.headers = {}
        while line := self.file.readline().decode().strip():
            name, value = line.split(": ")
            self.headers[name.lower()] = value
        key = self.headers["sec-websocket-key"]
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        accept = self.accept or base64.b64encode(digest).decode()
        self.client.sendall(f"HTTP/1.1 {self.status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"sec-websocket-accept: {accept}\r\n\r\n".encode() + early)

    def read(self):
        """(kind, content) of the next frame."""
        first, length = self.file.read(2)
        assert first & 0xf0 == 0x80 and length & 0x80, (first, length)
        length &= 0x7f
        if length > 125:
            length, = struct.unpack(*((">H", self.file.read(2)) if length == 126 else (">Q", self.file.read(8))))
        mask, data = self.file.read(4), self.file.read(length)
        return first & 0x0f, bytes(b ^ mask[i % 4] for i, b in enumerate(data))

    def close(self):
        self.file.close()
        self.client.close()
