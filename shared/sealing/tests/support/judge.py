"""Lets pyHanko judge many files at once: judge.py ROOT TIME FILE...

Judges each signature and document time-stamp at the time. Prints for each file a line: `good` and how many there are, or `bad` and why.
"""

import sys
from datetime import datetime

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext


def judge(reader, root, at):
    def context():
        return ValidationContext(trust_roots=[root], allow_fetching=False, revocation_mode="soft-fail", moment=at)

    seals, stamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    statuses = [validate_pdf_signature(seal, context(), context()) for seal in seals]
    statuses += [validate_pdf_timestamp(stamp, context()) for stamp in stamps]
    problem = next((str(status.summary()) for status in statuses if not is_good(status)), None)
    return f"bad {problem}" if problem else f"good {len(statuses)}"


def is_good(status):
    """A document time-stamp has no verdict of its own."""
    return getattr(status, "bottom_line", status.valid and status.intact and status.trusted)


def main(root, at, *files):
    with open(root, "rb") as file:
        root = x509.Certificate.load(pem.unarmor(file.read())[2])
    for name in files:
        with open(name, "rb") as file:
            try:
                verdict = judge(PdfFileReader(file), root, datetime.fromisoformat(at))
            except Exception as error:  # whatever it is, pyHanko does not take the file
                verdict = f"bad {error!r}"
        print(verdict.replace("\n", " "), flush=True)


main(*sys.argv[1:])
