#!/usr/bin/env python3
"""Seals every PDF below a folder, lets other programs judge what came out, and prints the figures.

    python3 tests/bench/public_pdfs.py FOLDER [--every N] [--peer] [--keep FOLDER]

Needs qpdf, pdfsig (poppler-utils), openssl, cargo, and pyHanko 0.38 in the Python that runs this. The folder is whatever
collection of PDFs is at hand; `--every 3` takes each third file. With `--peer`, pyHanko seals the same files the way its users
call it, and is judged the same way.

clean: what came in is the beginning of what came out, pdfsig and pyHanko say that the signature is valid and covers the whole
file, and qpdf finds no more to complain about than before. Older signatures are broken when pdfsig took more of them for valid
before than after.
"""

import argparse
import collections
import logging
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOW = 2.0
"""Seconds within which a file is sealed or refused."""


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--every", type=int, default=1, metavar="N")
    arguments.add_argument("--peer", action="store_true")
    arguments.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="where to leave one line for each file")
    given = arguments.parse_args()
    files = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() == ".pdf")[:: given.every]
    if not files:
        sys.exit(f"no PDF below {given.folder}")
    build = ["cargo", "build", "--quiet", "--release", "-p", "segl-sealing", "--example", "seal_all"]
    subprocess.run(build, check=True, cwd=ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        identity = make_identity(scratch)
        engines = {"segl": seal_with_segl} | ({"pyHanko": seal_with_pyhanko} if given.peer else {})
        results = {name: [] for name in engines}
        for file in files:
            before = Judgement.of_input(file)
            for name, engine in engines.items():
                results[name].append((file, examine(engine, file, before, identity, scratch)))
    for name, outcomes in results.items():
        print_table(name, outcomes)
        if given.keep:
            lines = (f"{file}\t{outcome.code}\t{','.join(outcome.faults)}\n" for file, outcome in outcomes)
            (given.keep / f"{name}.tsv").write_text("".join(lines))


class Identity(collections.namedtuple("Identity", "key seal root chain")):
    """Paths of a seal's key, its certificate, its root, and both certificates."""


def make_identity(folder):
    extensions = folder / "extensions"
    extensions.write_text(
        "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
        "[seal]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n"
    )

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, cwd=folder, capture_output=True)

    for name in ("root", "seal"):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN=Collections {name}", "-out", f"{name}.csr")
    common = ["-days", "30", "-extfile", "extensions"]
    openssl("x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-extensions", "ca", "-out", "root.crt", *common)
    openssl("x509", "-req", "-in", "seal.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial",
            "-extensions", "seal", "-out", "seal.crt", *common)
    chain = folder / "chain.pem"
    chain.write_text((folder / "seal.crt").read_text() + (folder / "root.crt").read_text())
    return Identity(folder / "seal.key", folder / "seal.crt", folder / "root.crt", chain)


class Outcome:
    """What became of one file: a code, and what is wrong with what came out."""

    def __init__(self, code, faults=(), seconds=0.0):
        self.code, self.faults, self.seconds = code, list(faults), seconds


def examine(engine, file, before, identity, scratch):
    out = scratch / "out"
    out.mkdir(exist_ok=True)
    for left in out.iterdir():
        left.unlink()
    start = time.monotonic()
    code = engine(file, out, identity)
    seconds = time.monotonic() - start
    made = next(out.iterdir(), None)
    if made is None:
        return Outcome(code, seconds=seconds)
    return Outcome("sealed", faults(file, made, before, identity), seconds)


def seal_with_segl(file, out, identity):
    program = ROOT / "target/release/examples/seal_all"
    try:
        done = subprocess.run([program, identity.chain, identity.key, out, file], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode < 0 or done.returncode == 101:
        return "panics"
    return done.stdout.split(b"\t")[0].decode() if done.returncode == 0 else "error"


def seal_with_pyhanko(file, out, identity):
    return in_a_process(pyhanko_seal, file, out, identity)


def pyhanko_seal(file, out, identity):
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    signer = signers.SimpleSigner.load(str(identity.key), str(identity.seal), ca_chain_files=[str(identity.root)])
    metadata = signers.PdfSignatureMetadata(field_name="Seal-0", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256")
    target = out / "sealed.pdf"
    try:
        with open(file, "rb") as source:
            made = signers.sign_pdf(IncrementalPdfFileWriter(source, strict=False), metadata, signer=signer)
        target.write_bytes(made.getvalue())
    except Exception as error:  # whatever its users would see
        return type(error).__name__
    return "sealed"


def in_a_process(function, *arguments):
    """Runs a function where it can be stopped."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=lambda: sender.send(function(*arguments)))
    process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
        process.join()
        return "hangs"
    return receiver.recv() if receiver.poll() else "crashes"


class Judgement(collections.namedtuple("Judgement", "complaints valid")):
    """What is known of a file before it is sealed."""

    @classmethod
    def of_input(cls, file):
        return cls(complaints(file), pdfsig(file).count("Signature is Valid"))


def complaints(file):
    """0 for none, 1 for warnings, 2 for errors."""
    return {0: 0, 3: 1}.get(run("qpdf", "--check", file)[0], 2)


def pdfsig(file):
    return run("pdfsig", "-nocert", file)[1]


def run(*command):
    try:
        done = subprocess.run(command, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, done.stdout.decode(errors="replace")


def faults(file, made, before, identity):
    found = []
    original = file.read_bytes()
    with open(made, "rb") as sealed:
        if sealed.read(len(original)) != original:
            found.append("prefix")
    said = pdfsig(made)
    last = said[said.rfind("Signature #"):]
    if "Signature is Valid" not in last:
        found.append("pdfsig")
    if "Total document signed" not in last:
        found.append("pdfsig-total")
    if said.count("Signature is Valid") - ("Signature is Valid" in last) < before.valid:
        found.append("older")
    if complaints(made) > before.complaints:
        found.append("structure")
    verdict = in_a_process(pyhanko_judge, made, identity)
    if verdict != "valid":
        found.append(f"pyhanko:{verdict}")
    return found


def pyhanko_judge(made, identity):
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    logging.disable(logging.CRITICAL)
    try:
        with open(made, "rb") as source:
            context = ValidationContext(trust_roots=[load_cert_from_pemder(str(identity.root))])
            signature = PdfFileReader(source, strict=False).embedded_signatures[-1]
            status = validate_pdf_signature(signature, context)
    except Exception as error:
        return type(error).__name__
    covers = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return "valid" if status.intact and status.valid and covers else "invalid"


def print_table(name, outcomes):
    sealed = [outcome for _, outcome in outcomes if outcome.code == "sealed"]

    def without(*kinds):
        return sum(not any(fault.split(":")[0] in kinds for fault in outcome.faults) for outcome in sealed)

    figures = {
        "files": len(outcomes),
        "outputs": len(sealed),
        "prefix kept": without("prefix"),
        "pdfsig: valid, total document signed": without("pdfsig", "pdfsig-total"),
        "pyHanko: intact, valid, entire file": without("pyhanko"),
        "structure not worse (qpdf)": without("structure"),
        "clean": sum(not outcome.faults for outcome in sealed),
        "clean, one checker enough": without("prefix", "structure", "older") - both_checkers_refuse(sealed),
        "older signatures broken": len(sealed) - without("older"),
        "panics": sum(outcome.code in ("panics", "crashes") for _, outcome in outcomes),
        f"over {SLOW:g} s": sum(outcome.seconds > SLOW for _, outcome in outcomes),
    }
    print(f"\n{name}")
    for label, figure in figures.items():
        print(f"  {label:40}{figure:6}")
    for label, tally in (
        ("not sealed", collections.Counter(outcome.code for _, outcome in outcomes if outcome.code != "sealed")),
        ("faults", collections.Counter(fault for outcome in sealed for fault in outcome.faults)),
    ):
        print(f"  {label}: " + (", ".join(f"{code} {count}" for code, count in tally.most_common()) or "none"))


def both_checkers_refuse(sealed):
    """Outputs that are fine but for both checkers."""
    count = 0
    for outcome in sealed:
        kinds = {fault.split(":")[0] for fault in outcome.faults}
        others = kinds & {"prefix", "structure", "older"}
        count += not others and "pyhanko" in kinds and bool(kinds & {"pdfsig", "pdfsig-total"})
    return count


if __name__ == "__main__":
    main()
