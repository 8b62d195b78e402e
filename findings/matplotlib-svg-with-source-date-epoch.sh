#!/usr/bin/env bash
# matplotlib 3.10.7: SOURCE_DATE_EPOCH alone does not make an SVG reproducible, although it does so for a PDF of the same figure.
#
# matplotlib documents SOURCE_DATE_EPOCH for reproducible output of PDF, PS and SVG. With it two runs give the same PDF to the byte. In the SVG
# the date is constant, but ids of clip paths and markers are made from a random UUID, so that every run gives other bytes. Only
# `svg.hashsalt` makes the ids constant. Guessed before: the variable is enough for both. Exits non-zero once it is, or once the salt is not.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy==2.3.5 matplotlib==3.10.7
cat > "$work/draw.py" <<'PYTHON'
import sys

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

path, salt = sys.argv[1:]
if salt:
    matplotlib.rcParams["svg.hashsalt"] = salt
figure, axes = plt.subplots()
axes.plot([1, 2, 3], [2, 1, 3], marker="o")
figure.savefig(path)
PYTHON
export SOURCE_DATE_EPOCH=0 MPLCONFIGDIR="$work/config"
same() { cmp --quiet "$work/$1" "$work/$2" && echo same || echo different; }
for run in 1 2; do
    "$work/venv/bin/python" "$work/draw.py" "$work/$run.pdf" ""
    "$work/venv/bin/python" "$work/draw.py" "$work/$run.svg" ""
    "$work/venv/bin/python" "$work/draw.py" "$work/salt$run.svg" paper
done
pdf=$(same 1.pdf 2.pdf) svg=$(same 1.svg 2.svg) salted=$(same salt1.svg salt2.svg)
echo "two runs with SOURCE_DATE_EPOCH: PDF $pdf, SVG $svg, SVG with svg.hashsalt $salted"
diff "$work/1.svg" "$work/2.svg" | grep --max-count=2 '^[<>].*id=' || true
[ "$pdf" = same ] && [ "$svg" = different ] && [ "$salted" = same ]
