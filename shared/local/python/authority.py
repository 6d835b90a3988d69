"""A time-stamp authority (RFC 3161), OCSP (RFC 6960) and a revocation list for development: authority.py FOLDER

FOLDER has the development root, `root.pem` and `root.key.pem`. Serves `POST /tsa`, `POST /ocsp` about the authority's own certificate, and
`GET /root.crl` on a free port of 127.0.0.1, and prints that port. The authority's certificate is made anew at each start. Nobody outside
this machine should trust any of it. A request may say what time it is in its header `At`, for tests whose clock is moved.

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
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

FOLDER = pathlib.Path(sys.argv[1])
ROOT = x509.load_pem_x509_certificate((FOLDER / "root.pem").read_bytes())
ROOT_KEY = serialization.load_pem_private_key((FOLDER / "root.key.pem").read_bytes(), None)
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def certificate(key, address):
    """Four years, so that renewal lies within reach of a moved clock."""
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(f"{address}/root.crl")], None, None, None)]
    responder = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{address}/ocsp"))
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
        .add_extension(x509.AuthorityInformationAccess([responder]), False)
    )
    return builder.sign(ROOT_KEY, hashes.SHA256())


def revocation_list(at):
    """Nothing is ever revoked."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.subject)
    builder = builder.last_update(at - DAY / 24).next_update(at + 7 * DAY).add_extension(x509.CRLNumber(1), False)
    return builder.sign(ROOT_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def status(request, at):
    """That of the authority's certificate; about others this responder says nothing."""
    request = ocsp.load_der_ocsp_request(request)
    if request.serial_number != STAMP.serial_number:
        return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    good, digest = ocsp.OCSPCertStatus.GOOD, request.hash_algorithm
    builder = ocsp.OCSPResponseBuilder().add_response(STAMP, ROOT, digest, good, at - DAY / 24, at + 7 * DAY, None, None)
    for extension in request.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.responder_id(ocsp.OCSPResponderEncoding.HASH, ROOT).sign(ROOT_KEY, hashes.SHA256())


class Handler(BaseHTTPRequestHandler):
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

    def moment(self):
        at = self.headers.get("At")
        return datetime.datetime.fromisoformat(at) if at else now()

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_GET(self):
        if self.path in self.down:
            self.answer(503, "text/plain", b"")
        elif self.path == "/root.crl":
            self.answer(200, "application/pkix-crl", revocation_list(self.moment()))
        else:
            self.answer(404, "text/plain", b"")

    def do_POST(self):
        request = self.body()
        if self.path in self.down:
            self.answer(503, "text/plain", b"")
            return
        if self.path == "/tsa":
            stamper = TimeStamper(to_asn1(STAMP), KEY, certs_to_embed=[to_asn1(ROOT)], fixed_dt=self.moment())
            self.answer(200, "application/timestamp-reply", stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump())
        elif self.path == "/ocsp":
            body = status(request, self.moment()).public_bytes(serialization.Encoding.DER)
            self.answer(200, "application/ocsp-response", body)
        else:
            self.answer(404, "text/plain", b"")

    def log_message(self, *_):
        pass


def to_asn1(one):
    return asn1.Certificate.load(one.public_bytes(serialization.Encoding.DER))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
key = ec.generate_private_key(ec.SECP256R1())
STAMP = certificate(key, f"http://127.0.0.1:{server.server_port}")
KEY = keys.PrivateKeyInfo.load(
    key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
)
print(server.server_port, flush=True)
server.serve_forever()
