"""Common to all peers: builds a network and responds to lines on standard input like `measure passes`."""

import argparse
import json
import os
import sys
import time

import definition


def main(version, build):
    """`build(layers, formula, images, threads)` returns a function without arguments that computes a pass and returns the logits."""
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
    report({"ready": True, "version": version})
    logits = None
    for line in sys.stdin:
        match line.split():
            case ["seconds", seconds, min_passes]:
                times = []
                while len(times) < int(min_passes) or sum(times) < float(seconds):
                    # Release the last logits before the clock starts.
                    logits = None
                    began = time.perf_counter()
                    logits = run()
                    times.append(time.perf_counter() - began)
                report({"seconds": times})
            case ["logits"]:
                report({"logits": [float(value) for value in logits.reshape(-1)]})
            case _:
                sys.exit(f"error: unknown request {line!r}")


def report(response):
    print(json.dumps(response), flush=True)
