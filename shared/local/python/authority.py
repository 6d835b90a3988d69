"""A time-stamp authority (RFC 3161) and a revocation list for development: authority.py FOLDER

FOLDER has the development root, `root.pem` and `root.key.pem`. Serves `POST /tsa` and `GET /root.crl` on a free port of 127.0.0.1, and
prints that port. The authority's certificate is made anew at each start. Nobody outside this machine should trust any of it.

`PUT /outage` with paths, separated by spaces, lets these answer 503 from then on, and without any ends that: so that it can be seen how
seals fall short and climb later.
"""

import datetime
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = pathlib.Path(sys.argv[1])
ROOT = x509.load_pem_x509_certificate((FOLDER / "root.pem").read_bytes())
ROOT_KEY = serialization.load_pem_private_key((FOLDER / "root.key.pem").read_bytes(), None)
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def certificate(key, list_address):
    """Four years, so that renewal lies within reach of a moved clock."""
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(list_address)], None, None, None)]
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Segl development time-stamps")]))
        .issuer_name(ROOT.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - DAY)
        .not_valid_after(now() + 4 * 365 * DAY)
        .add_extension(usage, True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
        .add_extension(x509.CRLDistributionPoints(points), False)
    )
    return builder.sign(ROOT_KEY, hashes.SHA256())


def revocation_list():
    """Nothing is ever revoked."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.subject)
    builder = builder.last_update(now() - DAY / 24).next_update(now() + 7 * DAY).add_extension(x509.CRLNumber(1), False)
    return builder.sign(ROOT_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Handler(BaseHTTPRequestHandler):
    stamper = None
    down = frozenset()

    def answer(self, status, media_type, body):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        if self.path != "/outage":
            self.answer(404, "text/plain", b"")
            return
        Handler.down = frozenset(self.body().decode().split())
        self.answer(204, "text/plain", b"")

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_GET(self):
        if self.path in self.down:
            self.answer(503, "text/plain", b"")
        elif self.path == "/root.crl":
            self.answer(200, "application/pkix-crl", revocation_list())
        else:
            self.answer(404, "text/plain", b"")

    def do_POST(self):
        request = self.body()
        if self.path in self.down:
            self.answer(503, "text/plain", b"")
            return
        if self.path != "/tsa":
            self.answer(404, "text/plain", b"")
            return
        answer = self.stamper.request_tsa_response(tsp.TimeStampReq.load(request))
        self.answer(200, "application/timestamp-reply", answer.dump())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
key = ec.generate_private_key(ec.SECP256R1())
stamp = certificate(key, f"http://127.0.0.1:{server.server_port}/root.crl")
pkcs8 = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
to_asn1 = lambda one: asn1.Certificate.load(one.public_bytes(serialization.Encoding.DER))
Handler.stamper = TimeStamper(to_asn1(stamp), keys.PrivateKeyInfo.load(pkcs8), certs_to_embed=[to_asn1(ROOT)])
print(server.server_port, flush=True)
server.serve_forever()
