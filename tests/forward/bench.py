"""The driver of tests/forward.sh: networks and batches one after the other, the columns of a row by turns, each a process of its own that
waits while the others run. Needs no package."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import table

COLUMNS = {"ours": "cpu", "burn": "cpu:burn", "torch": "peer_torch.py", "ort": "peer_ort.py"}
# The time that a column's passes take at a turn [s], and how many are counted at least.
TURN, LEAST = 0.5, 3
# Logits of the same network may be so far apart, as a share of the largest: as in experiments/measure/tests/oracle.rs.
TOLERANCE = 2e-4
# The machine counts as quiet below this load.
QUIET = 0.5
# A column that waits may use this share of one processor.
IDLE = 0.02
HERE = pathlib.Path(__file__).parent
ORACLE = HERE.parent / "oracle" / "logits.json"
# Narrower vectors for everything in PyTorch: its own loops, oneDNN's convolutions, MKL's products.
CAPPED = {
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "scalar": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
}


class Refused(Exception):
    """What ends the benchmark, in words for its user."""


class Column:
    """A process that computes passes when it is asked to."""

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
            [str(word) for word in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        try:
            self.ready = self.answer()
        except BaseException:
            self.stop()
            raise

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Refused(f"{self.name} ended before its answer")
        return json.loads(line)

    def ask(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise Refused(f"{self.name} has ended") from None
        return self.answer()

    def times(self, seconds, least):
        return self.ask(f"seconds {seconds} {least}")["seconds"]

    def logits(self):
        return self.ask("logits")["logits"]

    def used(self):
        """Processor time of all its threads so far [s]."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settle(self):
        """Waits until its threads have stopped looking for work."""
        before = self.used()
        for _ in range(100):
            time.sleep(0.03)
            now = self.used()
            if now == before:
                return
            before = now
        raise Refused(f"{self.name} goes on computing while it should wait")

    def end(self):
        """What it says last, if anything."""
        self.process.stdin.close()
        last = self.process.stdout.read()
        if self.process.wait() != 0:
            raise Refused(f"{self.name} failed")
        return json.loads(last) if last else {}

    def stop(self):
        self.process.kill()
        self.process.wait()


def apart(found, expected):
    """The largest difference as a share of the largest logit."""
    if len(found) != len(expected):
        raise Refused(f"{len(found)} logits instead of {len(expected)}")
    differences = [abs(ours - theirs) for ours, theirs in zip(found, expected)]
    if any(difference != difference for difference in differences):
        return float("inf")
    return max(differences) / max(map(abs, expected))


def check(name, asked, network):
    """A peer's network against the oracle, with the oracle's weights."""
    oracle = json.loads(ORACLE.read_text())[network]
    expected = [logit for image in oracle["logits"] for logit in image]
    column = Column(name, asked, network, len(oracle["logits"]), oracle["gain"])
    try:
        column.times(0, 1)
        return accept(f"{network}: {name} from the oracle", apart(column.logits(), expected))
    finally:
        column.stop()


def accept(what, difference):
    say(f"{what}: {difference:.1e} of the largest logit")
    if not difference <= TOLERANCE:
        raise Refused(f"{what}: that is another network, and nothing to compare with")
    return difference


def row(asked, network, batch):
    """Times of each column [s], how much of a processor waiting columns used, and the memory of ours."""
    columns = []
    try:
        for name in asked.only:
            columns.append(Column(name, asked, network, batch))
            # Buffers grow and threads start with the first passes.
            columns[-1].times(0, 2)
            columns[-1].settle()
        first, *others = columns
        expected = first.logits()
        for other in others:
            accept(f"{network} at {batch}: {other.name} from {first.name}", apart(other.logits(), expected))
        times, idle = {column.name: [] for column in columns}, 0.0
        for number in range(asked.rounds):
            # Whoever comes first finds another machine than whoever comes last.
            turn = number % len(columns)
            for column in columns[turn:] + columns[:turn]:
                waiting = [other for other in columns if other is not column]
                before, began = sum(other.used() for other in waiting), time.monotonic()
                # The first pass finds the caches full of another's numbers, and is not counted.
                times[column.name] += column.times(TURN, LEAST + 1)[1:]
                column.settle()
                used = sum(other.used() for other in waiting) - before
                idle = max(idle, used / (time.monotonic() - began))
        memory = {}
        for column in columns:
            last = column.end()
            if "peak_bytes" in last:
                passes = last["peak_bytes"] - column.ready["resident_bytes"]
                memory[column.name] = {"passes": passes, "building": column.ready["building_peak_bytes"]}
        per_image = {name: [1e3 * seconds / batch for seconds in of] for name, of in times.items()}
        versions = {column.name: column.ready["version"] for column in columns if "version" in column.ready}
        return {"network": network, "batch": batch, "times": per_image, "idle": idle, "memory": memory}, versions
    finally:
        for column in columns:
            column.stop()


def machine(asked):
    """What the numbers depend on, a line each."""
    def first(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]

    flags = pathlib.Path("/proc/cpuinfo").read_text()
    widest = "AVX-512" if " avx512f" in flags else "AVX2" if " avx2" in flags else platform.machine()
    capped = "as each column chooses" if asked.vectors is None else f"no wider than {asked.vectors}"
    return [
        f"Processor: {first(asked.measure, 'devices').removeprefix('cpu').strip()}; widest vectors {widest}, used {capped}",
        f"Threads: {len(os.sched_getaffinity(0))}. {platform.system()} {platform.release()}, {first('rustc', '--version')}",
        f"Day: {datetime.date.today().isoformat()}. Load before: {asked.load:.2f}{'' if asked.load <= QUIET else ', NOT QUIET'}",
        f"Rounds: {asked.rounds}, of {TURN} s and at least {LEAST} counted passes a column",
    ]


def say(text):
    print(text, file=sys.stderr, flush=True)


def names(known):
    def parse(text):
        chosen = text.split(",")
        wrong = [name for name in chosen if name not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"there is no {wrong[0]!r}; there are {', '.join(known)}")
        return chosen

    return parse


def arguments():
    networks = list(json.loads(ORACLE.read_text()))
    parser = argparse.ArgumentParser(prog="tests/forward.sh", description=(
        "Times forward passes of the networks by turns: ours (`--device cpu`), burn's own operators (`--device cpu:burn`), PyTorch eager and "
        "ONNX Runtime. Installs the peers from PyPI into a folder outside the checkout (FORWARD_PEERS, or executed-paper/forward in the "
        "user's cache). Each network is first compared by its logits. Takes about 15 minutes for everything, on a machine that does nothing else."
    ))
    batches = [1, 16]
    parser.add_argument("--networks", type=names(networks), default=networks, metavar="NAMES", help="separated by commas; all without it")
    parser.add_argument("--batches", type=lambda text: [int(size) for size in text.split(",")], default=batches, metavar="NUMBERS", help="separated by commas (1,16)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns that each column has in a row of the table (3)")
    parser.add_argument("--only", type=names(COLUMNS), metavar="COLUMNS", help=f"of {','.join(COLUMNS)}")
    parser.add_argument("--vectors", choices=CAPPED, help="none wider than these, in ours and in PyTorch; the other columns cannot be told and are left out")
    parser.add_argument("--no-oracle", action="store_true", help="do not compare the peers with tests/oracle first; columns are compared all the same")
    parser.add_argument("--busy", action="store_true", help=f"go on although the machine is not quiet (load above {QUIET}); the table says so")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="where the table goes (standard output)")
    for program in ("measure", "definitions", "python"):
        parser.add_argument(f"--{program}", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rounds < 1 or min(asked.batches) < 1:
        parser.error("--rounds and --batches are 1 or more")
    asked.only = asked.only or (["ours", "torch"] if asked.vectors else list(COLUMNS))
    return asked


def main():
    asked = arguments()
    asked.load = os.getloadavg()[0]
    if asked.load > QUIET and not asked.busy:
        raise Refused(f"the load is {asked.load:.2f}: times of a busy machine mean nothing\nhint: wait until it is below {QUIET}, or give --busy")
    if not asked.no_oracle:
        for network in asked.networks:
            for name in asked.only:
                if name in ("torch", "ort"):
                    check(name, asked, network)
    rows, versions = [], {}
    head = machine(asked)
    for batch in asked.batches:
        for network in asked.networks:
            done, found = row(asked, network, batch)
            versions |= found
            rows.append(done)
            shown = ", ".join(f"{name} {statistics.median(of):.2f}" for name, of in done["times"].items())
            say(f"{network} at {batch}: {shown} ms an image; waiting columns used {done['idle']:.1%} of a processor")
            # After each row, so that an end in between loses nothing.
            write(asked.output, table.page([*head, *versions.values()], asked.only, rows, IDLE))
    if asked.output is None:
        print(table.page([*head, *versions.values()], asked.only, rows, IDLE), end="")


def write(path, text):
    if path is not None:
        path.write_text(text)


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"error: {refused}")
