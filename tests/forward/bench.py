"""The driver of tests/forward.sh: measures networks and batches in sequence, alternating between the columns of a row. Needs no package."""

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
from column import CAPPED, COLUMNS, TICKS, Column, Refused

# Duration of a column's passes in one round [s], and the minimum number of counted passes.
ROUND, MIN_PASSES = 0.5, 3
# Maximum difference between logits of the same network, relative to the largest: as in experiments/measure/tests/oracle.rs.
TOLERANCE = 2e-4
# The machine counts as quiet below this load.
QUIET = 0.5
# Maximum share of one processor that a waiting column may use.
IDLE = 0.02
HERE = pathlib.Path(__file__).parent
ORACLE = HERE.parent / "oracle" / "logits.json"


def busy():
    """Busy time of all processors so far, including steal time [s]."""
    user, nice, system, _idle, _waiting, interrupts, soft, steal = (
        int(field) for field in pathlib.Path("/proc/stat").read_text().split()[1:9]
    )
    return (user + nice + system + interrupts + soft + steal) / TICKS


def apart(found, expected):
    """The largest difference, relative to the largest logit."""
    if len(found) != len(expected):
        raise Refused(f"{len(found)} logits instead of {len(expected)}")
    differences = [abs(ours - theirs) for ours, theirs in zip(found, expected)]
    if any(difference != difference for difference in differences):
        return float("inf")
    return max(differences) / max(map(abs, expected))


def check(name, asked, network):
    """Compares a peer's network with the oracle, using the oracle's weights."""
    oracle = json.loads(ORACLE.read_text())[network]
    expected = [logit for image in oracle["logits"] for logit in image]
    column = Column(name, asked, network, len(oracle["logits"]), oracle["gain"])
    try:
        column.times(0, 1)
        return accept(f"{network}: {name} from the oracle", apart(column.logits(), expected))
    finally:
        column.stop()


def accept(what, difference):
    log(f"{what}: {difference:.1e} of the largest logit")
    if not difference <= TOLERANCE:
        raise Refused(f"{what}: the networks differ, so they cannot be compared")
    return difference


def row(asked, network, batch):
    """Times of each column, use of the processors by others, memory of ours, and the versions of the peers."""
    columns = []
    try:
        for name in asked.only:
            columns.append(Column(name, asked, network, batch))
            # The first passes allocate buffers and start threads.
            columns[-1].times(0, 2)
            columns[-1].settle()
        first, *others = columns
        expected = first.logits()
        for other in others:
            accept(f"{network} at {batch}: {other.name} from {first.name}", apart(other.logits(), expected))
        times, idle, others = {column.name: [] for column in columns}, 0.0, []
        for number in range(asked.rounds):
            # Rotate the order, since the first column finds the machine in another state than the last.
            start = number % len(columns)
            for column in columns[start:] + columns[:start]:
                waiting = [other for other in columns if other is not column]
                before, own, all_, began = used_by(waiting), column.used(), busy(), time.monotonic()
                # The first pass starts with caches filled by another column, and is not counted.
                times[column.name] += column.times(ROUND, MIN_PASSES + 1)[1:]
                column.settle()
                wall, waited = time.monotonic() - began, used_by(waiting) - before
                idle = max(idle, waited / wall)
                others.append(max(0.0, busy() - all_ - waited - (column.used() - own)) / wall)
        memory = {}
        for column in columns:
            last = column.end()
            if "peak_bytes" in last:
                passes = last["peak_bytes"] - column.ready["resident_bytes"]
                memory[column.name] = {"passes": passes, "building": column.ready["building_peak_bytes"]}
        per_image = {name: [1e3 * seconds / batch for seconds in of] for name, of in times.items()}
        versions = {column.name: column.ready["version"] for column in columns if "version" in column.ready}
        done = {"network": network, "batch": batch, "times": per_image, "memory": memory}
        return done | {"idle": idle, "others": statistics.median(others)}, versions
    finally:
        for column in columns:
            column.stop()


def used_by(columns):
    return sum(column.used() for column in columns)


def machine(asked):
    """Facts that the numbers depend on, one per line."""
    def first(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]

    flags = pathlib.Path("/proc/cpuinfo").read_text()
    widest = "AVX-512" if " avx512f" in flags else "AVX2" if " avx2" in flags else platform.machine()
    capped = "as each column chooses" if asked.vectors is None else f"no wider than {asked.vectors}"
    return [
        f"Processor: {first(asked.measure, 'devices').removeprefix('cpu').strip()}; widest vectors {widest}, used {capped}",
        f"Threads: {len(os.sched_getaffinity(0))}. {platform.system()} {platform.release()}, {first('rustc', '--version')}",
        f"Day: {datetime.date.today().isoformat()}. Load before: {asked.load:.2f}{'' if asked.load <= QUIET else ', NOT QUIET'}",
        f"Rounds: {asked.rounds}, of {ROUND} s and at least {MIN_PASSES} counted passes per column",
    ]


def log(text):
    print(text, file=sys.stderr, flush=True)


def names(known):
    def parse(text):
        chosen = text.split(",")
        wrong = [name for name in chosen if name not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"unknown name {wrong[0]!r}; choose from {', '.join(known)}")
        return chosen

    return parse


def sizes(text):
    found = [int(size) for size in text.split(",")]
    if min(found) < 1:
        raise argparse.ArgumentTypeError("a batch has at least 1 image")
    return found


def arguments():
    networks = list(json.loads(ORACLE.read_text()))
    parser = argparse.ArgumentParser(prog="tests/forward.sh", description=(
        "Times forward passes of the networks in alternation: ours (`--device cpu`), burn's own operators (`--device cpu:burn`), "
        "PyTorch eager and ONNX Runtime. Installs the peers from PyPI into a folder outside the checkout (FORWARD_PEERS, or "
        "executed-paper/forward in the user's cache). Each network is first compared by its logits. docs/speed.md explains "
        "the table."
    ))
    option = parser.add_argument
    option("--networks", type=names(networks), default=networks, metavar="NAMES", help="separated by commas (all)")
    option("--batches", type=sizes, default=[1, 16], metavar="NUMBERS", help="separated by commas (1,16)")
    option("--rounds", type=int, default=3, metavar="N", help="rounds of each column in a row of the table (3)")
    option("--only", type=names(COLUMNS), metavar="COLUMNS", help=f"{','.join(COLUMNS)}, separated by commas (all)")
    option("--vectors", choices=CAPPED, help="maximum width in ours and PyTorch; the others have no such setting and are skipped")
    option("--no-oracle", action="store_true", help="compare the peers only with the other columns, not with tests/oracle")
    option("--busy", action="store_true", help=f"continue although the load is above {QUIET}; noted in the table")
    option("--output", type=pathlib.Path, metavar="FILE", help="file for the table (standard output)")
    # Given by tests/forward.sh.
    option("--load", type=float, default=os.getloadavg()[0], help=argparse.SUPPRESS)
    for program in ("measure", "definitions", "python"):
        option(f"--{program}", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("at least 1 round is needed")
    asked.only = asked.only or (["ours", "torch"] if asked.vectors else list(COLUMNS))
    return asked


def main():
    asked = arguments()
    if asked.load > QUIET and not asked.busy:
        raise Refused(
            f"the load is {asked.load:.2f}: times measured on a busy machine are meaningless\n"
            f"hint: wait until it is below {QUIET}, or give --busy"
        )
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
            log(f"{network} at {batch}: {shown} ms per image; others used {done['others']:.1%} of a processor")
            # After each row, so that an interruption loses nothing.
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
