#!/usr/bin/env python3
"""Size and start-up time of the functions' release binaries.

Stands in for the Lambda Runtime API: starts each binary and measures from the start of the process until it asks for its first
event, which is what Lambda calls the init phase. Configuration comes from the environment, as `cargo local up` writes it:

    cargo build --release --bins
    set -a; . .local/env; set +a
    python3 tests/bench/cold_start.py [runs]

Functions that derive the root key call KMS once at start; that call goes to the emulator. The last line starts a bare process, for
comparison on the same machine.
"""

import http.server
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())
SETTINGS = {
    "SEGL_DIALECTS": "native,automation,workflow",
    "SEGL_MAIL_FROM": "signing@example.com",
    "SEGL_BASE_URL": "https://sign.example.com",
    "SEGL_SEAL_KEY_SPEC": "RSA_3072",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
}


class Runtime(http.server.BaseHTTPRequestHandler):
    """Answers nothing: the first question ends the measurement."""

    asked = None

    def do_GET(self):
        Runtime.asked.set()
        time.sleep(5)

    def log_message(self, *_):
        pass


def start(binary, port):
    """Seconds until the first question, and resident memory then, in MB."""
    Runtime.asked = threading.Event()
    environment = {**os.environ, **SETTINGS, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
    begin = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if not Runtime.asked.wait(10):
            process.kill()
            raise SystemExit(f"{binary.name} did not start:\n{process.stdout.read().decode()}")
        elapsed = time.perf_counter() - begin
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
        return elapsed, resident
    finally:
        process.kill()
        process.wait()


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'function':<14} {'binary MB':>9} {'init ms (median)':>17} {'max':>6} {'memory MB':>10}")
    for name in FUNCTIONS:
        binary = ROOT / "target" / "release" / name
        if not binary.exists():
            print(f"{name:<14} not built")
            continue
        measured = [start(binary, server.server_port) for _ in range(runs)]
        times = [elapsed * 1000 for elapsed, _ in measured]
        size = binary.stat().st_size / 1e6
        memory = statistics.median(resident for _, resident in measured)
        print(f"{name:<14} {size:>9.1f} {statistics.median(times):>17.1f} {max(times):>6.1f} {memory:>10.1f}")
    bare = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(["true"], check=True)
        bare.append((time.perf_counter() - begin) * 1000)
    print(f"{'(true)':<14} {'':>9} {statistics.median(bare):>17.1f} {max(bare):>6.1f}")


if __name__ == "__main__":
    main()
