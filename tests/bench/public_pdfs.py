#!/usr/bin/env python3
"""Seals public PDFs by `segl seal` and by pyHanko, lets other programs judge what came out, and prints the figures side by side.

    python3 tests/bench/public_pdfs.py [FOLDER...] [--clone FOLDER] [--every N [--from K]] [--segl PROGRAM] [--keep FOLDER]

Needs qpdf, pdfsig (poppler-utils), openssl, cargo, and pyHanko 0.38 in the Python that runs this. The folders are whatever collections of
PDFs are at hand. With `--clone`, the collections of COLLECTIONS are cloned into a folder first, and taken, too; that takes git, the network and
some gigabytes. `--every 3` takes each third file, and `--from 1` begins with the second. `--engine` takes one engine alone. `--keep` leaves
one line for each file, `--jobs` says how many files at a time.

pyHanko seals the way its users call it, and is judged the same way. clean: what came in is the beginning of what came out, pdfsig and
pyHanko say that the signature is valid and covers the whole file, and qpdf finds no more to complain about than before. Older signatures
are broken when pdfsig took more of them for valid before than after. `segl seal` adds a page, which changes what pdfsig says of no older
signature: where there is one, nothing is added.
"""

import argparse
import collections
import json
import logging
import multiprocessing
import multiprocessing.pool
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

# Before any process is forked, so that none loads them again.
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOW = 2.0
"""Seconds of a processor within which a file is sealed or refused. On a busy machine, a clock on the wall would tell of the machine."""
COLLECTIONS = [
    "https://github.com/mozilla/pdf.js",
    "https://github.com/qpdf/qpdf",
    "https://github.com/veraPDF/veraPDF-corpus",
    "https://github.com/MatthiasValvekens/pyHanko",
    "https://github.com/RUB-NDS/pdf-attacker",
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folders", type=pathlib.Path, nargs="*", metavar="FOLDER")
    arguments.add_argument("--clone", type=pathlib.Path, metavar="FOLDER", help="where to clone the public collections")
    arguments.add_argument("--every", type=int, default=1, metavar="N")
    arguments.add_argument("--from", dest="start", type=int, default=0, metavar="K", help="how many files to leave out first")
    arguments.add_argument("--engine", choices=ENGINES, action="append", help="instead of all")
    arguments.add_argument("--segl", type=pathlib.Path, metavar="PROGRAM", help="instead of a release build")
    arguments.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="where to leave one line for each file")
    arguments.add_argument("--jobs", type=int, default=1, metavar="N")
    given = arguments.parse_args()
    folders = given.folders + (clone(given.clone) if given.clone else [])
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() == ".pdf" and path.is_file())
    files = files[given.start :: given.every]
    if not files:
        sys.exit("no PDF there")
    program = given.segl or build()
    engines = {name: ENGINES[name] for name in given.engine or ENGINES}
    with tempfile.TemporaryDirectory() as scratch:
        identity = make_identity(pathlib.Path(scratch))._replace(program=program.resolve())

        def one(file):
            before = Judgement.of_input(file)
            return {name: examine(engine, file, before, identity) for name, engine in engines.items()}

        # Threads: each only waits for processes.
        with multiprocessing.pool.ThreadPool(given.jobs) as pool:
            outcomes = pool.map(one, files, chunksize=1)
    results = {name: [outcome[name] for outcome in outcomes] for name in engines}
    print_table(results)
    for name, column in results.items():
        if given.keep:
            lines = (f"{file}\t{one.code}\t{','.join(one.faults)}\t{one.seconds:.2f}\n" for file, one in zip(files, column))
            (given.keep / f"{name.replace(' ', '-')}.tsv").write_text("".join(lines))


def clone(folder):
    places = []
    for address in COLLECTIONS:
        place = folder / "+".join(address.split("/")[-2:])
        if not place.exists():
            subprocess.run(["git", "clone", "--quiet", "--depth", "1", address, place], check=True)
        places.append(place)
    return places


def build():
    subprocess.run(["cargo", "build", "--quiet", "--release", "--workspace", "--bin", "segl"], check=True, cwd=ROOT)
    return ROOT / "target/release/segl"


class Identity(collections.namedtuple("Identity", "key seal root chain program")):
    """Paths of a seal's key, its certificate, its root, both certificates, and `segl`."""


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
    return Identity(folder / "seal.key", folder / "seal.crt", folder / "root.crt", chain, None)


class Outcome:
    """What became of one file: a code, and what is wrong with what came out."""

    def __init__(self, code, faults=(), seconds=0.0):
        self.code, self.faults, self.seconds = code, list(faults), seconds


def examine(engine, file, before, identity):
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "sealed.pdf"
        code, seconds = engine(file, out, identity)
        if not out.exists():
            return Outcome(code, seconds=seconds)
        return Outcome(code, faults(file, out, before, identity), seconds)


def seal_with_segl(file, out, identity):
    words = ["seal", file, out, "--key", identity.key, "--cert", identity.chain, "--json"]
    seconds = 0.0
    for look in ("page", "none"):
        code, stdout, stderr, used = run_timed(identity.program, *words, "--appearance", look)
        seconds = max(seconds, used)
        if code is None:
            return "hangs", seconds
        if code < 0 or code == 101 or b"panicked" in stderr:
            return "panics", seconds
        said = json.loads(stdout)
        if code == 0:
            return "repaired" if said["repaired"] else "sealed", seconds
        # Below an earlier signature nothing is added, and whoever asks for a page is told so.
        if said["error"]["code"] != "not-sealed":
            break
    return said["error"]["code"], seconds


def run_timed(*command):
    """What a program answered, and how long it kept a processor busy."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        killer = threading.Timer(60, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (stdout, stderr):
            stream.seek(0)
        code = None if process.returncode == -signal.SIGKILL else process.returncode
        return code, stdout.read(), stderr.read(), usage.ru_utime + usage.ru_stime


def seal_with_pyhanko(file, out, identity):
    said = in_a_process(pyhanko_seal, file, out, identity)
    return said if isinstance(said, tuple) else (said, 60.0)


def pyhanko_seal(file, out, identity):
    start = time.process_time()
    signer = signers.SimpleSigner.load(str(identity.key), str(identity.seal), ca_chain_files=[str(identity.root)])
    metadata = signers.PdfSignatureMetadata(field_name="Seal-0", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256")
    try:
        with open(file, "rb") as source:
            made = signers.sign_pdf(IncrementalPdfFileWriter(source, strict=False), metadata, signer=signer)
        out.write_bytes(made.getvalue())
    except Exception as error:  # whatever its users would see
        return type(error).__name__, time.process_time() - start
    return "sealed", time.process_time() - start


ENGINES = {"segl seal": seal_with_segl, "pyHanko": seal_with_pyhanko}


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


def print_table(results):
    labels = None
    columns = {}
    for name, outcomes in results.items():
        columns[name] = figures(outcomes)
        labels = list(columns[name])
    print(f"{'':44}" + "".join(f"{name:>12}" for name in columns))
    for label in labels:
        print(f"{label:44}" + "".join(f"{column[label]:12}" for column in columns.values()))
    for name, outcomes in results.items():
        for what, tally in (
            ("not sealed", collections.Counter(one.code for one in outcomes if one.code not in SEALED)),
            ("faults", collections.Counter(fault for one in outcomes for fault in one.faults)),
        ):
            print(f"{name}, {what}: " + (", ".join(f"{code} {count}" for code, count in tally.most_common()) or "none"))


SEALED = ("sealed", "repaired")


def figures(outcomes):
    sealed = [outcome for outcome in outcomes if outcome.code in SEALED]

    def without(*kinds):
        return sum(not any(fault.split(":")[0] in kinds for fault in outcome.faults) for outcome in sealed)

    return {
        "files": len(outcomes),
        "outputs": len(sealed),
        "of them repaired first": sum(outcome.code == "repaired" for outcome in sealed),
        "prefix kept": without("prefix"),
        "pdfsig: valid, total document signed": without("pdfsig", "pdfsig-total"),
        "pyHanko: intact, valid, entire file": without("pyhanko"),
        "structure not worse (qpdf)": without("structure"),
        "clean": sum(not outcome.faults for outcome in sealed),
        "clean, one checker enough": without("prefix", "structure", "older") - both_checkers_refuse(sealed),
        "older signatures broken": len(sealed) - without("older"),
        "panics or crashes": sum(outcome.code in ("panics", "crashes") for outcome in outcomes),
        f"over {SLOW:g} s": sum(outcome.seconds > SLOW for outcome in outcomes),
    }


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
