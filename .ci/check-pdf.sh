#!/usr/bin/env bash
# Checks a report with other programs than those that made it: syntax, fonts, text, tags, size, the rules of PDF/A-2a and PDF/UA-1, and
# that no words overlap. Usage: check-pdf.sh REPORT [a4|letter [RECORDS]], where RECORDS is the folder of the records that the report
# must name. Exits non-zero at the first failure.
set -euo pipefail
report=$1
size=${2:-a4}
records=${3:-}
here=$(dirname "$0")
cache="${XDG_CACHE_HOME:-$HOME/.cache}/executed-paper"
fail() { echo "error: $report: $1" >&2; exit 1; }

if ! command -v qpdf >/dev/null || ! command -v pdffonts >/dev/null; then
    apt-get update --quiet >/dev/null
    apt-get install --yes --quiet qpdf poppler-utils >/dev/null
fi

qpdf --check "$report" >/dev/null || fail "qpdf reports a syntax error"
bytes=$(wc -c <"$report")
[ "$bytes" -lt 5000000 ] || fail "$bytes bytes, expected less than 5 MB"

# The columns before the last two are `emb sub uni`; names of fonts may contain spaces.
fonts=$(pdffonts "$report" | tail -n +3)
[ -n "$fonts" ] || fail "it has no font"
missing=$(awk '$(NF-4) != "yes" || $(NF-2) != "yes"' <<<"$fonts")
[ -z "$missing" ] || fail "fonts are not embedded, or have no map to Unicode: $missing"

info=$(pdfinfo "$report" 2>/dev/null)
has() { grep --extended-regexp --quiet "$1" <<<"$info" || fail "expected $1 in the output of pdfinfo: $info"; }
has '^Title: +An Analysis of Deep Neural Network Models'
has '^Tagged: +yes$'
has '^PDF version: +1\.7$'
case $size in
a4) has '^Page size: +595\.276 x 841\.89 pts \(A4\)$' ;;
letter) has '^Page size: +612 x 792 pts \(letter\)$' ;;
*) fail "unknown paper size $size" ;;
esac

# Only letters and digits of the text, since words are hyphenated at the ends of lines.
letters() { tr --delete --complement 'A-Za-z0-9'; }
text=$(pdftotext "$report" - | letters)
for words in "An Analysis of Deep Neural Network Models" "Abstract" "Verdicts" "Supplement" "Provenance" "artifacts.lock"; do
    grep --fixed-strings --quiet "$(letters <<<"$words")" <<<"$text" || fail "expected \`$words\` in the text"
done
# The conclusion has every claim with its verdict.
for claim in C1 C2 C3 C4 C5 C6 C7 C8 C9 C10; do
    grep --extended-regexp --quiet "$claim(holds|fails|nottested)" <<<"$text" || fail "expected a verdict on $claim in the text"
done
# Every record is named by its digest.
for record in ${records:+"$records"/*.json}; do
    grep --fixed-strings --quiet "$(sha256sum "$record" | cut --delimiter ' ' --fields 1)" <<<"$text" || fail "expected the digest of $record in the text"
done

[ -x "$cache/pdf-check/bin/python" ] || python3 -m venv "$cache/pdf-check"
"$cache/pdf-check/bin/pip" install --quiet pikepdf==10.18.0 outloud==0.2.1
"$cache/pdf-check/bin/python" "$here/check-pdfa.py" "$report"
"$cache/pdf-check/bin/outloud" "$report" --layer conformance || fail "it violates rules of PDF/UA-1"
python3 "$here/check-layout.py" "$report"
echo "$report: $bytes bytes, $(grep '^Pages' <<<"$info" | tr --squeeze-repeats ' '), $size"
