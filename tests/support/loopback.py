"""A server on the loopback interface that behaves as a test specifies, and an environment in which
no variable redirects a download."""
import http.server
import os
import threading


def environment(**more):
    """This environment without variables that could redirect a download from loopback."""
    env = {k: v for k, v in os.environ.items()
           if not k.lower().endswith("_proxy") and not k.startswith("MIEN_")}
    # A server on loopback that is silent for 5 s is not merely slow; retries follow after a 30th of it.
    env["MIEN_FETCH_TIMEOUT"] = "5"
    env.update(more)
    return env


class Server:
    """A server that answers with `serve`, a function of the request handler, and records requests."""

    def __init__(self, serve):
        owner = self
        self.requests = []  # (path, headers)
        self.sent = 0       # bytes of bodies
        self.stop = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with owner.lock:
                    owner.requests.append((self.path, self.headers))
                self.close_connection = True
                try:
                    serve(self)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client may hang up

            def log_message(self, *_):
                pass

            def head(self, status, length=None, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.send_header("Connection", "close")
                self.end_headers()

            def body(self, data):
                self.wfile.write(data)
                with owner.lock:
                    owner.sent += len(data)

            def range_start(self):
                """Start of the requested range, None if the whole file is requested."""
                value = self.headers.get("Range")
                return int(value[len("bytes="):-1]) if value else None

            def file(self, data, etag='"v1"', cut=None, **headers):
                """Serves data as a correct server does, but at most `cut` bytes of it."""
                start = self.range_start()
                condition = self.headers.get("If-Range")
                if condition and condition not in (etag, headers.get("Last_Modified")):
                    start = None
                if etag:
                    headers["ETag"] = etag
                if start is None:
                    self.head(200, len(data), **headers)
                elif start >= len(data):
                    self.head(416, 0, Content_Range="bytes */%d" % len(data))
                    return
                else:
                    self.head(206, len(data) - start, **headers,
                              Content_Range="bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
                rest = data[start or 0:]
                self.body(rest if cut is None else rest[:cut])

        self.lock = threading.Lock()
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()

    def ranges(self):
        return [headers.get("Range") for _, headers in self.requests]

    def conditions(self):
        return [headers.get("If-Range") for _, headers in self.requests]

    def close(self):
        self.stop.set()
        self.httpd.shutdown()
        self.httpd.server_close()
