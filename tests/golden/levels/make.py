"""Makes the golden files of this folder: a document sealed at every level, by pyHanko with authorities of certomancer.

    pip install pyHanko==0.38.0 certomancer==0.16.0 freezegun==1.5.5
    python make.py

Keys are made anew each time and thrown away, so what comes out differs in its bytes, not in what is true of it.
"""

import asyncio
import io
import pathlib
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone

from asn1crypto import ocsp, pem
from certomancer import services
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, EntityLabel, KeyLabel, ServiceLabel
from freezegun import freeze_time
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

HERE = pathlib.Path(__file__).parent
NAMES = ["root", "issuing", "seal", "revoked", "responder", "tsa-2026", "tsa-2029", "tsa-2039"]
DOCUMENT = HERE.parents[2] / "shared/local/demo/agreement.pdf"


def architecture():
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        (folder / "keys").mkdir()
        for name in NAMES:
            key = folder / "keys" / f"{name}.pem"
            subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], check=True)
        config = CertomancerConfig.from_file(str(HERE / "certomancer.yml"), key_search_dir=str(folder))
        arch = config.get_pki_arch(ArchLabel("golden"))
        for name in NAMES:
            arch.get_cert(CertLabel(name))
        return arch
    finally:
        shutil.rmtree(folder)


ARCH = architecture()


def certificate(name):
    return ARCH.get_cert(CertLabel(name))


def key(name):
    return ARCH.key_set.get_private_key(KeyLabel(name))


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


class Authority(TimeStamper):
    """Lets certomancer answer instead of somebody on the network."""

    def __init__(self, name, at):
        super().__init__()
        chain = [certificate("issuing")]
        self.service = services.TimeStamper(certificate(name), key(name), certs_to_embed=chain, fixed_dt=at)

    async def async_request_tsa_response(self, req):
        # Each answer is a little later than the one before, as in life.
        self.service.fixed_dt += timedelta(seconds=5)
        return self.service.request_tsa_response(req)


def answers(at, names):
    """OCSP responses about certificates of the issuing authority."""
    responder = ARCH.service_registry.summon_responder(ServiceLabel("issuing"), at)
    for name in names:
        identity = ocsp.CertId(
            {
                "hash_algorithm": {"algorithm": "sha1"},
                "issuer_name_hash": certificate("issuing").subject.sha1,
                "issuer_key_hash": certificate("issuing").public_key.sha1,
                "serial_number": certificate(name).serial_number,
            }
        )
        request = ocsp.OCSPRequest({"tbs_request": {"request_list": [{"req_cert": identity}]}})
        yield responder.build_ocsp_response(request)


def context(at, *, signer=None):
    """What is known a minute before."""
    asked = at - timedelta(minutes=1)
    lists = [ARCH.service_registry.get_crl(ServiceLabel(name), asked) for name in ("root", "issuing")]
    return ValidationContext(
        trust_roots=[certificate("root")],
        other_certs=[certificate("issuing"), certificate("responder")],
        crls=lists,
        ocsps=list(answers(asked, [signer])) if signer else [],
        allow_fetching=False,
        revocation_mode="hard-fail",
        moment=at,
    )


def sealed(at, name="seal", **metadata):
    store = SimpleCertificateStore()
    store.register(certificate("issuing"))
    signer = signers.SimpleSigner(certificate(name), key(name), store)
    stamper = Authority("tsa-2026", at) if metadata.pop("stamped", False) else None
    writer = IncrementalPdfFileWriter(io.BytesIO(DOCUMENT.read_bytes()))
    meta = signers.PdfSignatureMetadata(
        field_name="Seal",
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        dss_settings=DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.SEPARATE_REVISION),
        **metadata,
    )
    with freeze_time(at):
        out = signers.PdfSigner(meta, signer, timestamper=stamper).sign_pdf(writer)
    return out.getvalue()


def renewed(document, at, name):
    stamper = signers.PdfTimeStamper(Authority(name, at))
    with freeze_time(at):
        out = asyncio.run(
            stamper.async_update_archival_timestamp_chain(
                PdfFileReader(io.BytesIO(document)), context(at), in_place=False, output=io.BytesIO()
            )
        )
    return out.getvalue()


def save(name, document):
    (HERE / name).write_bytes(document)
    print(f"{name}: {len(document)} bytes")


def main():
    june, august = moment("2026-06-01T12:00:00"), moment("2026-08-01T12:00:00")
    long_term = {"embed_validation_info": True, "stamped": True}
    save("b-b.pdf", sealed(june))
    save("b-t.pdf", sealed(june, stamped=True))
    save("b-lt.pdf", sealed(june, validation_context=context(june, signer="seal"), **long_term))
    archived = sealed(june, validation_context=context(june, signer="seal"), use_pades_lta=True, **long_term)
    save("b-lta.pdf", archived)
    once = renewed(archived, moment("2029-06-01T12:00:00"), "tsa-2029")
    save("b-lta-2029.pdf", once)
    save("b-lta-2039.pdf", renewed(once, moment("2039-06-01T12:00:00"), "tsa-2039"))
    # Signed before the certificate was revoked and after; what tells it comes with a document time-stamp of August.
    for name, at in (("revoked-later.pdf", june), ("revoked.pdf", moment("2026-07-15T12:00:00"))):
        document = sealed(at, name="revoked", stamped=True)
        save(name, with_data(document, august, "revoked"))
    for name in ("root", "issuing"):
        (HERE / f"{name}.pem").write_bytes(pem.armor("CERTIFICATE", certificate(name).dump()))
    # What readers of single structures are tested with.
    (HERE / "issuing.crl").write_bytes(ARCH.service_registry.get_crl(ServiceLabel("issuing"), august).dump())
    for name in ("seal", "revoked"):
        (HERE / f"{name}.pem").write_bytes(pem.armor("CERTIFICATE", certificate(name).dump()))
        (HERE / f"{name}.ocsp").write_bytes(next(answers(august, [name])).dump())


def with_data(document, at, name):
    """Adds the store with what is known of a signer at a time."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    out = io.BytesIO(document)
    DocumentSecurityStore.add_dss(
        out,
        sig_contents=None,
        certs=[certificate("issuing"), certificate("responder"), certificate(name)],
        ocsps=list(answers(at, [name])),
        crls=[ARCH.service_registry.get_crl(ServiceLabel(issuer), at) for issuer in ("root", "issuing")],
    )
    return out.getvalue()


main()
