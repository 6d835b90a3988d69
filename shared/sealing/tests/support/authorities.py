"""Time-stamp authorities, OCSP and CRL by certomancer on loopback: authorities.py FOLDER CONFIG ALGORITHM OPTION

Makes a key for each entity, the seal's with openssl's ALGORITHM and OPTION. Writes `root.pem`, `seal.pem` (with its issuers and the root)
and `seal.key` into FOLDER, then prints the port. A request says what time it is in its header `At`.
"""

import pathlib
import subprocess
import sys
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import ocsp, pem, tsp, x509
from certomancer import services
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, ServiceLabel

NAMES = ["root", "issuing", "seal", "revoked", "responder", "tsa-2026", "tsa-2029", "tsa-2039"]
FOLDER, CONFIG = pathlib.Path(sys.argv[1]), sys.argv[2]


def key(name, algorithm, option):
    path = FOLDER / "keys" / f"{name}.pem"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", path], check=True, stderr=subprocess.DEVNULL
    )


(FOLDER / "keys").mkdir(parents=True)
for entity in NAMES:
    key(entity, *(sys.argv[3:5] if entity == "seal" else ("EC", "ec_paramgen_curve:P-256")))
ARCH = CertomancerConfig.from_file(CONFIG, key_search_dir=str(FOLDER)).get_pki_arch(ArchLabel("golden"))


def certificate(name):
    return ARCH.get_cert(CertLabel(name))


def armored(*names):
    return b"".join(pem.armor("CERTIFICATE", certificate(name).dump()) for name in names)


def large_chain():
    """Certificates of 20 KB together, which an authority may put into its tokens."""
    organization = "".join(f"/OU={number:02}{'x' * 58}" for number in range(20))
    for number in range(7):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"]
        command += ["-subj", f"/CN=Large {number}{organization}", "-outform", "DER"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        yield x509.Certificate.load(done.stdout)


(FOLDER / "root.pem").write_bytes(armored("root"))
(FOLDER / "seal.pem").write_bytes(armored("seal", "issuing", "root"))
(FOLDER / "seal.key").write_bytes((FOLDER / "keys" / "seal.pem").read_bytes())
LARGE = list(large_chain())


def answer(path, body, at):
    parts = path.strip("/").split("/")
    if parts[1] == "tsa":
        name, chain = (parts[2], []) if parts[2] != "large" else ("tsa-2026", LARGE)
        signing_key = ARCH.key_set.get_private_key(KeyLabel(name))
        service = services.TimeStamper(certificate(name), signing_key, certs_to_embed=[certificate("issuing"), *chain], fixed_dt=at)
        return service.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
    if parts[1] == "ocsp":
        responder = ARCH.service_registry.summon_responder(ServiceLabel(parts[2]), at)
        return responder.build_ocsp_response(ocsp.OCSPRequest.load(body)).dump()
    return ARCH.service_registry.get_crl(ServiceLabel(parts[2]), at).dump()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        out = answer(self.path, body, datetime.fromisoformat(self.headers["At"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(out)

    do_GET = do_POST

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
