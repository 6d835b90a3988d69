"""pyHanko as its users call it: peer_pyhanko.py IN OUT P12 PASSWORD"""

import json
import sys
import time

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

source, target, p12, password = sys.argv[1:]
signer = signers.SimpleSigner.load_pkcs12(p12, passphrase=password.encode())
metadata = signers.PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES)
begin = time.perf_counter()
with open(source, "rb") as file, open(target, "wb") as out:
    signers.sign_pdf(IncrementalPdfFileWriter(file, strict=False), metadata, signer=signer, output=out)
print(json.dumps({"seconds": time.perf_counter() - begin}))
