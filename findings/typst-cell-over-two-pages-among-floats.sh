#!/usr/bin/env bash
# typst 0.15.1 (in PyPI's typst 0.15.2): exporting a tagged PDF, the default, may end with "internal error: parent group" where a page cuts a cell of
# a table in two while floats wait for their place.
#
# The document below is valid and is drawn as SVG: two floating tables, then one that may break over pages, then text. Of 2,000 such documents
# drawn at random 15 ended so as PDF/UA-1; of 3,000 whose cells may not be cut (`set table.cell(breakable: false)`) none did.
# Whether it happens depends on the layout alone, so that a report may build today and not after a number in it has grown by a digit.
# Guessed before: what is laid out without an error is exported without one. Exits non-zero once the document is exported.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet typst==0.15.2
"$work/venv/bin/python" - <<'PYTHON'
import typst

CELLS = "set table.cell(breakable: false)"


def document(cells=""):
    return f"""#set document(title: "Tables")
#set text(lang: "en")
#set page(width: 12cm, height: 10cm)
#show figure.where(kind: table): set block(breakable: true)
= Tables
#let short(rows) = table(columns: 2, ..range(rows).map(i => ([row #i], lorem(6))).flatten())
#figure(kind: table, caption: [A], placement: auto, short(4))
#figure(kind: table, caption: [B], placement: auto, short(8))
#figure(kind: table, caption: [C], {{
  show: block.with(breakable: true)
  {cells}
  table(columns: (2cm, 1fr), table.header([a], [b]), ..range(7).map(i => ([#i], lorem(12))).flatten())
}})
#lorem(80)
""".encode()


print("as SVG:", len(typst.compile(document(), format="svg")), "pages")
for standards in ([], ["ua-1"]):
    try:
        typst.compile(document(), pdf_standards=standards)
    except typst.TypstError as error:
        message = str(error).split(" (occurred")[0]
        print("as PDF", *standards, "-", message)
        assert message == "internal error: parent group"
    else:
        raise SystemExit(f"changed: the document is exported as PDF {standards}")
print("as PDF, cells kept whole:", typst.compile(document(CELLS), pdf_standards=["ua-1"])[:8])
PYTHON
