"""Lets pyHanko judge every signature of a file now, by the validation data in the file: long_term.py ROOT FILE

Each certificate below ROOT needs an answer about its revocation from the file's own store (ETSI EN 319 142-1, 5.4.2.2); nothing is
fetched.
"""

import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

root, name = sys.argv[1:]
with open(root, "rb") as file:
    root = x509.Certificate.load(pem.unarmor(file.read())[2])
with open(name, "rb") as file:
    reader = PdfFileReader(file)
    store = DocumentSecurityStore.read_dss(reader)

    def context():
        return store.as_validation_context({"trust_roots": [root], "allow_fetching": False, "revocation_mode": "hard-fail"})

    for seal in reader.embedded_regular_signatures:
        status = validate_pdf_signature(seal, context(), context())
        stamp = status.timestamp_validity
        print(status.pretty_print_details())
        if not status.bottom_line or (stamp and not (stamp.valid and stamp.trusted)):
            sys.exit(1)
    # A stamp that was put over the data has none of its own yet: the next renewal brings them.
    for stamp in reader.embedded_timestamp_signatures:
        status = validate_pdf_timestamp(stamp)
        if not (status.valid and status.intact):
            sys.exit(1)
