"""Formats rows of the benchmark as Markdown."""

import math
import statistics

TITLES = {"ours": "ours", "burn": "cpu:burn", "torch": "PyTorch", "ort": "ONNX Runtime"}
# Columns that ours is divided by.
PEERS = ["burn", "torch", "ort"]
MEBIBYTE = 1 << 20


def page(head, columns, rows, idle):
    """`head` has lines about the run, and `idle` is the share of a processor that waiting columns may use."""
    parts = ["\n".join(f"- {line}" for line in head + [waiting(rows, idle)])]
    for batch in dict.fromkeys(row["batch"] for row in rows):
        of_batch = [row for row in rows if row["batch"] == batch]
        parts.append(f"Batch {batch}, ms per image, median (minimum):\n\n{times(columns, of_batch)}")
        if any(row["memory"] for row in of_batch):
            parts.append(f"Batch {batch}, memory, MiB:\n\n{memory(columns, of_batch)}")
    return "\n\n".join(parts) + "\n"


def waiting(rows, idle):
    largest, others = max(row["idle"] for row in rows), [row["others"] for row in rows]
    verdict = "" if largest <= idle else f", MORE THAN {idle:.0%}: the times of the others suffered"
    return (
        f"Columns that waited used at most {largest:.1%} of one processor{verdict}. Other processes, by row: median "
        f"{statistics.median(others):.1%} of one processor, maximum {max(others):.1%}"
    )


def times(columns, rows):
    peers = [peer for peer in PEERS if peer in columns] if "ours" in columns else []
    head = ["network", *(TITLES[name] for name in columns)]
    head += [f"ours/{TITLES[peer]}" for peer in peers] + [f"by minima: /{TITLES[peer]}" for peer in peers]
    lines, ratios = [], []
    for row in rows:
        of = row["times"]
        cells = [f"{statistics.median(of[name]):.2f} ({min(of[name]):.2f})" for name in columns]
        by = [best(of["ours"]) / best(of[peer]) for best in (statistics.median, min) for peer in peers]
        ratios.append(by)
        lines.append([row["network"], *cells, *(f"{ratio:.2f}" for ratio in by)])
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in zip(*ratios)]
    if means:
        lines.append(["geometric mean", *("" for _ in columns), *(f"{mean:.2f}" for mean in means)])
        lines.append(["largest", *("" for _ in columns), *(f"{max(column):.2f}" for column in zip(*ratios))])
    return markdown(head, lines)


def memory(columns, rows):
    own = [name for name in columns if all(name in row["memory"] for row in rows)]
    parts = {"passes": "passes (peak minus resident memory after building)", "building": "peak while building"}
    head = ["network", *(f"{title}: {TITLES[name]}" for title in parts.values() for name in own)]
    compared = {"ours", "burn"} <= set(own)
    head += [f"{part}: ours/cpu:burn" for part in parts] if compared else []
    lines = []
    for row in rows:
        of = row["memory"]
        cells = [f"{of[name][part] / MEBIBYTE:.1f}" for part in parts for name in own]
        ratios = [ratio(of["ours"][part], of["burn"][part]) for part in parts] if compared else []
        lines.append([row["network"], *cells, *ratios])
    return markdown(head, lines)


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if theirs > 0 else "-"


def markdown(head, lines):
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines])
