#!/usr/bin/env python3
"""Sealing beside other libraries, each as its users call it, in one run on one machine with the same key (RSA 3072).

    python3 tests/bench/sealing/compare.py [--rounds 3] [--only NAME ...]

Needs Rust, Python 3, Node.js with npm, a JDK 17 with Maven, and openssl; installs the libraries below .local/bench. Every library seals
each document in a process of its own; told are the seconds of the call itself (the least of the rounds), the processor seconds and the
greatest memory of the whole process. Each result is checked: the original is its prefix, and pdfsig calls the signature valid.

Segl is told three times: its ingest (hash, inspect, plan: once, when the document arrives), its sealing step (plan in hand: all that is
left to do when everyone has signed, as storage copies the document by itself), and `segl seal` as one program for a like comparison.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import documents

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
WORK = ROOT / ".local" / "bench"
PASSWORD = "segl"
PYHANKO = ["pyhanko==0.38.0"]


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **options)


def measured(command):
    """The call's own seconds, the processor's seconds, and the greatest memory in MB; or why there is none."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as problems:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=problems)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        problems.seek(0)
        if process.returncode != 0:
            lines = problems.read().decode(errors="replace").strip().splitlines() or [f"exit {process.returncode}"]
            return next((line for line in lines if "Error" in line), lines[-1])
        text = out.read().decode().strip().splitlines()
        seconds = json.loads(text[-1])["seconds"] if text and text[-1].startswith("{") else None
        return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}


def certificate(folder):
    """A root and a certificate for sealing, and the same as PKCS #12 for those who want it."""
    folder.mkdir(parents=True, exist_ok=True)
    chain, key, p12 = folder / "chain.pem", folder / "key.pem", folder / "seal.p12"
    if not p12.exists():
        root, root_key, request = folder / "root.pem", folder / "root.key", folder / "seal.csr"
        usage = folder / "usage"
        usage.write_text("keyUsage=critical,digitalSignature,nonRepudiation\n")
        new = ["openssl", "req", "-newkey", "rsa:3072", "-nodes"]
        run(*new, "-x509", "-subj", "/CN=Bench root", "-keyout", root_key, "-out", root, "-days", "30", stderr=subprocess.DEVNULL)
        run(*new, "-subj", "/CN=Bench seal", "-keyout", key, "-out", request, stderr=subprocess.DEVNULL)
        run("openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", root_key, "-CAcreateserial", "-days", "30", "-extfile", usage, "-out", chain, stderr=subprocess.DEVNULL)
        run("openssl", "pkcs12", "-export", "-inkey", key, "-in", chain, "-certfile", root, "-passout", f"pass:{PASSWORD}", "-out", p12)
    return chain, key, p12


def prepare():
    """Installs the libraries and builds Segl. Answers how each is called, with IN and OUT left open."""
    WORK.mkdir(parents=True, exist_ok=True)
    python = WORK / "python"
    if not (python / "bin" / "pip").exists():
        run(sys.executable, "-m", "venv", python)
    run(python / "bin" / "pip", "install", "--quiet", *PYHANKO)
    node = WORK / "node"
    node.mkdir(exist_ok=True)
    for name in ["package.json", "package-lock.json", "peer_signpdf.mjs", "peer_libpdf.mjs"]:
        (node / name).write_bytes((HERE / name).read_bytes())
    run("npm", "ci", "--silent", "--no-fund", "--no-audit", cwd=node)
    target = WORK / "pdfbox"
    run("mvn", "-q", "-B", "-f", HERE / "pdfbox" / "pom.xml", f"-DbuildDirectory={target}", "compile", "dependency:copy-dependencies", f"-DoutputDirectory={target}/lib")
    run("cargo", "build", "--quiet", "--release", "--bin", "segl", cwd=ROOT)
    run("cargo", "build", "--quiet", "--release", "-p", "segl-sealing", "--example", "steps", cwd=ROOT)
    chain, key, p12 = certificate(WORK / "key")
    release = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    steps, plan, increment = release / "examples" / "steps", WORK / "plan.json", WORK / "increment"
    peer = [p12, PASSWORD]
    return {
        "SHA-256 alone": lambda source, out: [steps, "sha256", source],
        "Segl, ingest": lambda source, out: [steps, "plan", source, plan],
        "Segl, sealing step": lambda source, out: [steps, "seal", plan, chain, key, increment],
        "segl seal": lambda source, out: [release / "segl", "seal", source, out, "--key", key, "--cert", chain],
        "pyHanko": lambda source, out: [python / "bin" / "python", HERE / "peer_pyhanko.py", source, out, *peer],
        "@signpdf": lambda source, out: ["node", node / "peer_signpdf.mjs", source, out, *peer],
        "@libpdf/core": lambda source, out: ["node", node / "peer_libpdf.mjs", source, out, *peer],
        "PDFBox": lambda source, out: ["java", "-cp", f"{target}/classes:{target}/lib/*", "Seal", source, out, *peer],
    }


def judge(source, out):
    """Whether the original is a prefix of what came out and pdfsig is content with it."""
    with open(source, "rb") as one, open(out, "rb") as other:
        while piece := one.read(1 << 20):
            if other.read(len(piece)) != piece:
                return "original changed"
    told = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True).stdout
    return "" if "Signature is Valid" in told and "Total document signed" in told else "pdfsig: not valid"


def best(command, source, out, rounds):
    outcome = None
    for _ in range(rounds):
        out.unlink(missing_ok=True)
        result = measured(command(source, out))
        if isinstance(result, str):
            return result
        if result["seconds"] is None:
            result["seconds"] = result["cpu"]
        if outcome is None or result["seconds"] < outcome["seconds"]:
            outcome = result
    outcome["verdict"] = judge(source, out) if out.exists() else ""
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    programs = prepare()
    out = WORK / "out.pdf"
    for name, source in documents.main(WORK / "documents"):
        if arguments.only and name not in arguments.only:
            continue
        print(f"\n### {name} ({source.stat().st_size:,} bytes)\n")
        print("| | ms | CPU s of the process | memory MB | ratio to the sealing step | |\n|---|---|---|---|---|---|")
        results = {program: best(command, source, out, arguments.rounds) for program, command in programs.items()}
        step = results["Segl, sealing step"]
        for program, result in results.items():
            if isinstance(result, str):
                print(f"| {program} | | | | | {result[:100]} |")
                continue
            ratio = result["seconds"] / step["seconds"]
            print(f"| {program} | {result['seconds'] * 1000:.1f} | {result['cpu']:.2f} | {result['memory']:.0f} | {ratio:.1f} | {result['verdict']} |", flush=True)
        hashing, ingest = results["SHA-256 alone"], results["Segl, ingest"]
        print(f"\nIngest takes {ingest['seconds'] / hashing['seconds']:.2f} times a bare SHA-256.")


if __name__ == "__main__":
    main()
