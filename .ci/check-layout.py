"""Checks that the pages of a PDF are readable: no words overlap, and nothing leaves the page.

Usage: check-layout.py REPORT. Reads the boxes of words from `pdftotext -bbox`. Exits non-zero and names the words and pages.
"""

import html
import re
import subprocess
import sys

# Boxes reach from the font's ascender to its descender, and letters protrude a little: only their cores must not overlap.
CORE_HEIGHT, SIDE = 0.5, 0.6
# A watermark lies across the page, below everything: no other word is as high and wide [pt].
WATERMARK = 30
# A box may touch the edge of the page by rounding [pt].
EDGE = 0.5

PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.S)
WORD = re.compile(r'<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">(.*?)</word>', re.S)


def pages(text):
    """Width, height and words (left, top, right, bottom, text) of each page, from the output of `pdftotext -bbox`."""
    for width, height, body in PAGE.findall(text):
        words = [(*map(float, word[:4]), html.unescape(word[4])) for word in WORD.findall(body)]
        yield float(width), float(height), words


def core(word):
    """The part of a word's box that certainly has ink."""
    left, top, right, bottom, text = word
    cut = (bottom - top) * (1 - CORE_HEIGHT) / 2
    side = min(SIDE, (right - left) / 4)
    return left + side, top + cut, right - side, bottom - cut, text


def faults(width, height, words):
    """The faults of a page."""
    words = [word for word in words if min(word[2] - word[0], word[3] - word[1]) < WATERMARK]
    for left, top, right, bottom, text in words:
        if left < -EDGE or top < -EDGE or right > width + EDGE or bottom > height + EDGE:
            yield f"`{text}` leaves the page"
    cores = sorted(map(core, words), key=lambda word: word[1])
    for index, (left, top, right, bottom, text) in enumerate(cores):
        for other in cores[index + 1:]:
            if other[1] >= bottom:
                break
            if other[0] < right and left < other[2]:
                yield f"`{text}` and `{other[4]}` overlap at {left:.0f}, {top:.0f} pt"


def self_test():
    """Checks that `faults` finds overlaps and overflows, and nothing else."""
    line = [(10, 10, 40, 22, "one"), (43, 10, 70, 22, "two"), (10, 20, 40, 32, "below")]
    assert list(faults(100, 100, line)) == []
    assert len(list(faults(100, 100, [*line, (35, 11, 60, 23, "over")]))) == 2
    assert len(list(faults(100, 100, [(90, 10, 104, 22, "out")]))) == 1
    found = list(pages('<page width="9" height="8.5">\n<word xMin="1" yMin="-2.5" xMax="3" yMax="4">a&amp;b</word>\n</page>'))
    assert found == [(9.0, 8.5, [(1.0, -2.5, 3.0, 4.0, "a&b")])], found


def main(report):
    self_test()
    text = subprocess.run(["pdftotext", "-bbox", report, "-"], check=True, capture_output=True, text=True).stdout
    wrong, count = [], 0
    for number, (width, height, words) in enumerate(pages(text), start=1):
        count += len(words)
        wrong += [f"page {number}: {fault}" for fault in faults(width, height, words)]
    if count == 0:
        wrong.append("no words found")
    for fault in wrong[:40]:
        print(f"error: {report}: {fault}", file=sys.stderr)
    if wrong:
        sys.exit(f"{len(wrong)} layout faults")
    print(f"{report}: {count} words, none overlapping, none off the page")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
