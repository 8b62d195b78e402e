"""A column of the benchmark: a process that computes passes on request, and waits while the others run."""

import json
import os
import pathlib
import subprocess
import time

COLUMNS = {"ours": "cpu", "burn": "cpu:burn", "torch": "peer_torch.py", "ort": "peer_ort.py"}
HERE = pathlib.Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
# Narrower vectors for everything in PyTorch: its own loops, oneDNN's convolutions, MKL's GEMM.
CAPPED = {"avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}}


class Refused(Exception):
    """An error that ends the benchmark."""


class Column:
    """A process that computes passes on request."""

    def __init__(self, name, asked, network, batch, gain=None):
        self.name = name
        environment = dict(os.environ)
        if name in ("ours", "burn"):
            command = [asked.measure, "passes", "--device", COLUMNS[name]]
            if name == "ours" and asked.vectors:
                command += ["--vectors", asked.vectors]
        else:
            command = [asked.python, HERE / COLUMNS[name], "--definitions", asked.definitions]
            command += ["--gain", str(gain)] if gain else []
            environment |= CAPPED.get(asked.vectors, {}) if name == "torch" else {}
        command += ["--network", network, "--batch", str(batch)]
        self.process = subprocess.Popen(
            [str(argument) for argument in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        try:
            self.ready = self.response()
        except BaseException:
            self.stop()
            raise

    def response(self):
        line = self.process.stdout.readline()
        if not line:
            raise Refused(f"{self.name} ended without a response")
        return json.loads(line)

    def ask(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise Refused(f"{self.name} has ended") from None
        return self.response()

    def times(self, seconds, min_passes):
        return self.ask(f"seconds {seconds} {min_passes}")["seconds"]

    def logits(self):
        return self.ask("logits")["logits"]

    def used(self):
        """Processor time of all its threads so far [s]."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def settle(self):
        """Waits until its threads are idle."""
        before = self.used()
        for _ in range(100):
            time.sleep(0.03)
            now = self.used()
            if now == before:
                return
            before = now
        raise Refused(f"{self.name} continues to compute while it should wait")

    def end(self):
        """Its last response, if any."""
        self.process.stdin.close()
        last = self.process.stdout.read()
        if self.process.wait() != 0:
            raise Refused(f"{self.name} failed")
        return json.loads(last) if last else {}

    def stop(self):
        self.process.kill()
        self.process.wait()
