"""A converter with Gotenberg's interface, over LibreOffice: converter.py

Serves `POST /forms/libreoffice/convert` on a free port of 127.0.0.1, and prints that port. For development: whoever faces files of
strangers runs Gotenberg, apart from everything else.
"""

import pathlib
import subprocess
import tempfile
import threading
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 40
MAX_LENGTH = 64 * 1024 * 1024


class Converter:
    """LibreOffice, which two may not use at a time: both would have the same profile."""

    def __init__(self, folder):
        self.profile = pathlib.Path(folder, "profile").as_uri()
        self.one_at_a_time = threading.Lock()

    def convert(self, name, content):
        """The file as PDF; nothing where none can be made of it."""
        with self.one_at_a_time, tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, name)
            source.write_bytes(content)
            command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={self.profile}"]
            command += ["--convert-to", "pdf", "--outdir", folder, str(source)]
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
            made = source.with_suffix(".pdf")
            return made.read_bytes() if made.exists() else None


def only_file(media_type, body):
    """Name and content of the one file in a form (RFC 7578), or nothing."""
    head = Message()
    head["Content-Type"] = media_type
    boundary = head.get_boundary()
    if head.get_content_type() != "multipart/form-data" or not boundary:
        return None
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    for part in parts[1:-1]:
        fields, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = Message()
        for field in fields.decode().split("\r\n"):
            name, _, value = field.partition(":")
            disposition[name] = value.strip()
        name = disposition.get_filename()
        if disposition.get_param("name", header="content-disposition") == "files" and name:
            # No way out of the folder.
            return pathlib.PurePath(name).name, content
    return None


class Handler(BaseHTTPRequestHandler):
    converter = None

    def answer(self, status, media_type, body):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_LENGTH:
            self.answer(413, "text/plain", b"too large")
            return
        body = self.rfile.read(length)
        if self.path != "/forms/libreoffice/convert":
            self.answer(404, "text/plain", b"no such route")
            return
        found = only_file(self.headers.get("Content-Type", ""), body)
        if found is None:
            self.answer(400, "text/plain", b"a form with one file is wanted")
            return
        try:
            pdf = self.converter.convert(*found)
        except subprocess.TimeoutExpired:
            self.answer(503, "text/plain", b"the conversion took too long")
            return
        if pdf is None:
            self.answer(400, "text/plain", b"the file cannot be converted")
        else:
            self.answer(200, "application/pdf", pdf)

    def log_message(self, *_):
        pass


with tempfile.TemporaryDirectory() as profile:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.converter = Converter(profile)
    print(server.server_port, flush=True)
    server.serve_forever()
