"""Documents to measure with, written as streams: text of many pages, scans of few, and any size between.

    python3 tests/bench/sealing/documents.py FOLDER
"""

import pathlib
import random
import sys
import zlib

# name, pages, what a page holds: bytes of text, or of an image that does not compress
SIZES = [
    ("5 KB", 1, ("text", 3_500)),
    ("1.4 MB, 700 pages", 700, ("text", 1_700)),
    ("16 MB, 8,000 pages", 8_000, ("text", 1_700)),
    ("11 MB scan", 10, ("scan", 1_100_000)),
    ("112 MB scan", 100, ("scan", 1_120_000)),
    ("300 MB scan", 260, ("scan", 1_154_000)),
]


class Writer:
    """A PDF (ISO 32000-1) with a table, written from the first byte to the last."""

    def __init__(self, file):
        self.file, self.offsets = file, {}
        self.at = 0
        self.put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def put(self, data):
        self.file.write(data)
        self.at += len(data)

    def object(self, number, *parts):
        self.offsets[number] = self.at
        self.put(b"%d 0 obj\n" % number)
        for part in parts:
            self.put(part)
        self.put(b"\nendobj\n")

    def stream(self, number, entries, data):
        self.object(number, b"<<%s/Length %d>>\nstream\n" % (entries, len(data)), data, b"\nendstream")

    def finish(self, root):
        place, count = self.at, max(self.offsets) + 1
        self.put(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for number in range(1, count):
            self.put(b"%010d 00000 n \n" % self.offsets[number])
        self.put(b"trailer\n<</Size %d/Root %d 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]>>\n" % (count, root))
        self.put(b"startxref\n%d\n%%%%EOF\n" % place)


def text_page(chance, size):
    """Lines of words, compressed to about `size` bytes."""
    words = []
    while True:
        words.append("%x" % chance.getrandbits(32))
        # Random hexadecimal digits compress to half.
        if len(words) * 5 > size:
            break
    lines = [" ".join(words[start:start + 10]) for start in range(0, len(words), 10)]
    content = "BT /F 8 Tf 50 800 Td 9 TL " + " ".join(f"({line})'" for line in lines) + " ET"
    return zlib.compress(content.encode())


def write(path, pages, kind):
    """Writes one document. Page trees have nodes of 50, as printers make them."""
    what, size = kind
    chance = random.Random(pages)
    with open(path, "wb") as file:
        out = Writer(file)
        first_node = 4
        nodes = (pages + 49) // 50
        number = first_node + nodes
        kids = [[] for _ in range(nodes)]
        for page in range(pages):
            node = page // 50
            page_number, content, image = number, number + 1, number + 2
            kids[node].append(page_number)
            if what == "text":
                resources = b"<</Font<</F 3 0 R>>>>"
                out.stream(content, b"/Filter/FlateDecode", text_page(chance, size))
                number += 2
            else:
                resources = b"<</XObject<</I %d 0 R>>>>" % image
                out.stream(content, b"", b"595 0 0 842 0 0 cm /I Do")
                width = size // 1_000
                out.stream(image, b"/Type/XObject/Subtype/Image/Width %d/Height 1000/ColorSpace/DeviceGray/BitsPerComponent 8" % width, chance.randbytes(width * 1_000))
                number += 3
            out.object(page_number, b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources%s>>" % (first_node + node, content, resources))
        for node in range(nodes):
            references = b" ".join(b"%d 0 R" % kid for kid in kids[node])
            out.object(first_node + node, b"<</Type/Pages/Parent 2 0 R/Count %d/Kids[%s]>>" % (len(kids[node]), references))
        out.object(1, b"<</Type/Catalog/Pages 2 0 R>>")
        out.object(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (first_node + node) for node in range(nodes))))
        out.object(3, b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
        out.finish(1)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, pages, kind in SIZES:
        path = folder / (name.replace(",", "").replace(" ", "-") + ".pdf")
        if not path.exists():
            write(path, pages, kind)
        yield name, path


if __name__ == "__main__":
    for name, path in main(pathlib.Path(sys.argv[1])):
        print(f"{name}: {path} ({path.stat().st_size} bytes)")
