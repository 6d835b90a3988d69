"""Takes the time-stamps out of a sealed PDF, for openssl to judge: time_stamps.py FILE FOLDER

Writes `N.token`, a CMS (RFC 3161, 2.4.2), and `N.data`, the very bytes that it vouches for: first those over values of signatures, then
those over the document. Prints how many there are of each.
"""

import pathlib
import sys

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader

name, folder = sys.argv[1:]
folder = pathlib.Path(folder)
whole = pathlib.Path(name).read_bytes()


def over_signature(embedded):
    unsigned = embedded.signer_info["unsigned_attrs"]
    tokens = [value for attribute in unsigned for value in attribute["values"] if attribute["type"].native == "signature_time_stamp_token"]
    return [(token.dump(), embedded.signer_info["signature"].native) for token in tokens]


def over_document(embedded):
    start, before, after, rest = embedded.byte_range
    # What fills the gap after the token is no part of it.
    token = cms.ContentInfo.load(embedded.pkcs7_content).dump()
    return token, whole[start : start + before] + whole[after : after + rest]


with open(name, "rb") as file:
    reader = PdfFileReader(file)
    signatures = [found for embedded in reader.embedded_regular_signatures for found in over_signature(embedded)]
    document = [over_document(embedded) for embedded in reader.embedded_timestamp_signatures]
for number, (token, data) in enumerate(signatures + document):
    (folder / f"{number}.token").write_bytes(token)
    (folder / f"{number}.data").write_bytes(data)
print(len(signatures), len(document))
