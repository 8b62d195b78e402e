"""What every peer does: it builds a network and answers lines on standard input as `measure passes` does."""

import argparse
import json
import os
import sys
import time

import definition


def main(version, build):
    """`build(layers, formula, images, threads)` gives a function of no argument: a pass, which returns the logits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--definitions", required=True, metavar="FILE", help="the program `networks`")
    parser.add_argument("--network", required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--gain", type=float, default=definition.GAIN)
    asked = parser.parse_args()
    size, layers = definition.read(asked.definitions, asked.network)
    formula = definition.Formula(gain=asked.gain)
    images = formula.images([asked.batch, *size])
    run = build(layers, formula, images, len(os.sched_getaffinity(0)))
    tell({"ready": True, "version": version})
    logits = None
    for line in sys.stdin:
        match line.split():
            case ["seconds", seconds, least]:
                times = []
                while len(times) < int(least) or sum(times) < float(seconds):
                    # The last logits go before the clock starts.
                    logits = None
                    began = time.perf_counter()
                    logits = run()
                    times.append(time.perf_counter() - began)
                tell({"seconds": times})
            case ["logits"]:
                tell({"logits": [float(value) for value in logits.reshape(-1)]})
            case _:
                sys.exit(f"error: {line!r} cannot be understood")


def tell(answer):
    print(json.dumps(answer), flush=True)
