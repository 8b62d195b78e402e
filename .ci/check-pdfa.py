"""Checks a PDF by the rules of PDF/A-2a (ISO 19005-2) that can be read from its objects, since no package registry has a full validator.
Shares no code with the program that wrote the file. Usage: check-pdfa.py FILE"""

import re
import sys
import xml.etree.ElementTree as xml

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

# 6.5.1: the permitted actions; of the named ones only those that turn pages.
ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
# 6.3.1: the permitted annotations.
ANNOTATIONS = {"/Link", "/Popup", "/Text", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Stamp", "/FreeText"}
# ISO 32000-1, table 136 and 137.
BLENDS = {
    "/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge", "/ColorBurn", "/HardLight",
    "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color", "/Luminosity",
}
# Flags of an annotation (ISO 32000-1, table 165).
INVISIBLE, HIDDEN, PRINT, NO_VIEW, TOGGLE_NO_VIEW = 1, 2, 4, 32, 256
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"

problems = []


def demand(condition, clause, text):
    if not condition:
        problems.append(f"ISO 19005-2, {clause}: expected: {text}")


def header(raw):
    demand(re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", raw), "6.1.2", "a header with a line of four bytes above 127")
    demand(raw.rstrip(b"\r\n").endswith(b"%%EOF"), "6.1.3", "nothing after the end of the file")


def trailer(pdf):
    demand("/ID" in pdf.trailer and len(pdf.trailer.ID) == 2, "6.1.3", "an identifier of the file")
    demand("/Encrypt" not in pdf.trailer, "6.1.3", "no encryption")


def values(thing):
    """The direct entries of an object."""
    if isinstance(thing, (Dictionary, Stream)):
        yield from thing.items()
    elif isinstance(thing, Array):
        yield from (("", item) for item in thing)


def walk(thing):
    yield thing
    for _, value in values(thing):
        if not getattr(value, "is_indirect", False) and isinstance(value, (Dictionary, Array, Stream)):
            yield from walk(value)


def strings_and_names(thing):
    for key, value in values(thing):
        demand(len(key.encode()) <= 128, "6.1.13", f"names of at most 127 bytes: {key}")
        if isinstance(value, Name):
            demand(len(str(value).encode()) <= 128, "6.1.13", f"names of at most 127 bytes: {value}")
        if isinstance(value, pikepdf.String):
            demand(len(bytes(value)) <= 32767, "6.1.13", "strings of at most 32767 bytes")


def stream(thing):
    demand("/F" not in thing and "/FFilter" not in thing, "6.1.7.1", "no stream in another file")
    filters = thing.get("/Filter", Array([]))
    names = {str(one) for one in (filters if isinstance(filters, Array) else [filters])}
    demand(not names & {"/LZWDecode", "/Crypt"}, "6.1.7.2", f"no such filter: {names}")
    subtype = str(thing.get("/Subtype", ""))
    if subtype == "/Image":
        demand(not thing.get("/Interpolate", False), "6.2.8", "no interpolated image")
        demand("/Alternates" not in thing and "/OPI" not in thing, "6.2.8", "no other versions of an image")
    if subtype == "/Form":
        demand("/OPI" not in thing and "/PS" not in thing and "/Ref" not in thing, "6.2.9", "no such form")
    demand(subtype != "/PS", "6.2.9", "no PostScript")


def graphics_state(thing):
    for key in ["/TR", "/HTP", "/HTO"]:
        demand(key not in thing, "6.2.5", f"no {key} in a graphics state")
    demand(str(thing.get("/TR2", "/Default")) == "/Default", "6.2.5", "no transfer function")
    blend = thing.get("/BM", Name.Normal)
    for one in blend if isinstance(blend, Array) else [blend]:
        demand(str(one) in BLENDS, "6.2.10", f"a known blend mode: {one}")


def font(thing):
    name, subtype = thing.get("/BaseFont", "a font"), str(thing.get("/Subtype"))
    if subtype == "/Type0":
        demand("/ToUnicode" in thing, "6.2.11.7", f"{name} has a map to Unicode")
        return
    if subtype == "/Type3":
        demand("/ToUnicode" in thing, "6.2.11.7", f"{name} has a map to Unicode")
        return
    descriptor = thing.get("/FontDescriptor", Dictionary())
    embedded = [key for key in ("/FontFile", "/FontFile2", "/FontFile3") if key in descriptor]
    demand(len(embedded) == 1, "6.2.11.4", f"{name} is embedded")
    demand(re.match(r"/[A-Z]{6}\+", str(name)), "6.2.11.4", f"{name} is named as a subset")
    if subtype == "/CIDFontType2":
        demand("/CIDToGIDMap" in thing, "6.2.11.3", f"{name} maps its characters to glyphs")


def annotation(thing):
    subtype, flags = str(thing.get("/Subtype")), int(thing.get("/F", 0))
    demand(subtype in ANNOTATIONS, "6.3.1", f"no annotation {subtype}")
    demand(subtype == "/Popup" or flags & PRINT, "6.3.2", "every annotation is printed")
    demand(not flags & (INVISIBLE | HIDDEN | NO_VIEW | TOGGLE_NO_VIEW), "6.3.2", "every annotation is visible")
    demand("/AA" not in thing, "6.5.2", "no automatic action")
    if subtype == "/Link":
        demand(thing.get("/Contents") is not None, "ISO 14289-1, 7.18.5", "every link has a description")
        demand("/StructParent" in thing, "ISO 14289-1, 7.18.5", "every link is in the structure")


def content(pdf, page):
    depth = 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        depth += {"q": 1, "Q": -1}.get(operator, 0)
        demand(depth <= 28, "6.1.13", "graphics states nested at most 28 deep")
        if operator in {"k", "K"}:
            demand(False, "6.2.4.3", "no printer colours, since the output intent is that of a screen")
        if operator == "ri":
            intents = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}
            demand(str(instruction.operands[0]) in intents, "6.2.6", "a known rendering intent")
    demand(depth == 0, "6.2.2", "as many graphics states restored as saved")


def intents(pdf):
    found = [one for one in pdf.Root.get("/OutputIntents", Array([])) if str(one.get("/S")) == "/GTS_PDFA1"]
    demand(len(found) == 1, "6.2.3", "one output intent")
    for one in found:
        profile = one.get("/DestOutputProfile")
        demand(profile is not None and int(profile.get("/N", 0)) == 3, "6.2.3", "an embedded profile of three colours")
        raw = profile.read_bytes()
        demand(raw[36:40] == b"acsp" and raw[16:20] == b"RGB " and raw[8] <= 4, "6.2.3", "an RGB profile of at most version 4")


def metadata(pdf):
    data = pdf.Root.get("/Metadata")
    demand(data is not None and "/Filter" not in data, "6.6.2.1", "uncompressed metadata")
    text = data.read_bytes().decode("utf-8")
    demand("bytes=" not in text.split("?>")[0] and "encoding=" not in text.split("?>")[0], "6.6.2.1", "a packet without attributes bytes and encoding")
    tree = xml.fromstring(text)
    stated = {}
    for description in tree.iter(f"{RDF}Description"):
        stated.update({key: value.strip() for key, value in description.attrib.items()})
        stated.update({one.tag: (one.text or "".join(one.itertext())).strip() for one in description})
        stated.update({one.tag: "".join(one.itertext()).strip() for one in description if len(one)})
    demand((stated.get(f"{PDFA}part"), stated.get(f"{PDFA}conformance")) == ("2", "A"), "6.6.4", "a declaration of PDF/A-2a")
    demand(stated.get(f"{PDFUA}part") == "1", "ISO 14289-1, 5", "a declaration of PDF/UA-1")
    # Document information and metadata agree.
    info = pdf.trailer.get("/Info", Dictionary())
    pairs = [
        ("/Title", "{http://purl.org/dc/elements/1.1/}title"),
        ("/Subject", "{http://purl.org/dc/elements/1.1/}description"),
        ("/Keywords", "{http://ns.adobe.com/pdf/1.3/}Keywords"),
        ("/Creator", "{http://ns.adobe.com/xap/1.0/}CreatorTool"),
        ("/Producer", "{http://ns.adobe.com/pdf/1.3/}Producer"),
    ]
    for key, tag in pairs:
        if key in info:
            demand(str(info[key]) == stated.get(tag), "6.6.3", f"{key} agrees with the metadata: {info[key]}, {stated.get(tag)}")
    for key, name in [("/CreationDate", "CreateDate"), ("/ModDate", "ModifyDate")]:
        if key in info:
            digits = [re.sub(r"\D", "", text) for text in (str(info[key]), stated.get("{http://ns.adobe.com/xap/1.0/}" + name, ""))]
            demand(digits[1] and digits[0][:8] == digits[1][:8], "6.6.3", f"{key} agrees with the metadata: {digits}")


def structure(pdf):
    root = pdf.Root
    demand(bool(root.get("/MarkInfo", Dictionary()).get("/Marked", False)), "6.7.2", "marked")
    demand("/StructTreeRoot" in root, "6.7.3", "a structure")
    demand(re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", str(root.get("/Lang", ""))), "6.7.4", "a language")
    demand(root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False), "ISO 14289-1, 7.1", "the title is shown")
    demand("/Outlines" in root and int(root.Outlines.get("/Count", 0)) != 0, "ISO 14289-1, 7.17", "bookmarks")
    for figure in pdf.objects:
        if isinstance(figure, Dictionary) and str(figure.get("/S")) in {"/Figure", "/Formula"}:
            demand(str(figure.get("/Alt", "")).strip(), "6.7.3", "every figure has a description")
    for key in ["/AA", "/Requirements", "/AlternatePresentations", "/Perms", "/XFA", "/AcroForm", "/AF"]:
        demand(key not in root, "6.4 to 6.11", f"no {key}")
    for key in ["/EmbeddedFiles", "/JavaScript", "/AlternatePresentations"]:
        demand(key not in root.get("/Names", Dictionary()), "6.5 to 6.10", f"no {key}")


def main(path):
    with open(path, "rb") as file:
        header(file.read())
    counted = {"font": 0, "annotation": 0, "stream": 0}
    with pikepdf.open(path) as pdf:
        trailer(pdf)
        intents(pdf)
        metadata(pdf)
        structure(pdf)
        demand(len(pdf.objects) <= 8388607, "6.1.13", "fewer objects")
        for top in pdf.objects:
            for thing in walk(top):
                strings_and_names(thing)
                if isinstance(thing, Stream):
                    counted["stream"] += 1
                    stream(thing)
                if not isinstance(thing, (Dictionary, Stream)):
                    continue
                kind = str(thing.get("/Type", ""))
                if kind == "/ExtGState":
                    graphics_state(thing)
                if kind == "/Font":
                    counted["font"] += 1
                    font(thing)
                if "/S" in thing and kind == "/Action":
                    demand(str(thing.S) in ACTIONS, "6.5.1", f"no action {thing.S}")
                for key in ("/ColorSpace", "/CS"):
                    demand(str(thing.get(key, "")) != "/DeviceCMYK", "6.2.4.3", "no printer colours")
        for page in pdf.pages:
            demand("/AA" not in page.obj and "/PresSteps" not in page.obj, "6.5.2, 6.10", "a page without actions and presentation steps")
            content(pdf, page)
            for one in page.obj.get("/Annots", Array([])):
                counted["annotation"] += 1
                annotation(one)
            demand(str(page.obj.get("/Tabs", "")) == "/S", "ISO 14289-1, 7.18.3", "links in the order of the structure")
    for problem in dict.fromkeys(problems):
        print(f"error: {path}: {problem}", file=sys.stderr)
    if not problems:
        print(f"{path}: PDF/A-2a as far as its objects show: " + ", ".join(f"{many} {what}s" for what, many in counted.items()))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
