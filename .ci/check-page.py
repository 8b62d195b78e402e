"""Opens the page of a publication in a headless Chromium, as a file and from a local server, and checks what a reader meets.

- Nothing is fetched, and the console stays empty.
- Every figure is visible and shows its values to pointer and keyboard.
- A network is highlighted everywhere, and a resting mouse does not change that.
- Machine and batch can be selected, and tables can be sorted.
- The sliders choose what `cargo xtask choose` chooses.
- Links lead to files.
- A telephone shows the page without horizontal scrolling.
- Text is as wide as it was laid out, whatever fonts the system has.

Uses WebDriver with Debian's chromedriver."""

import argparse
import base64
import contextlib
import functools
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

DESKTOP = (1280, 900)
PHONE = (375, 812)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
# Figures without measurements are not drawn: three show power.
MIN_DRAWN = 8
# No text of a figure is smaller [px].
MIN_TEXT_SIZE = 11


class Browser:
    """A session of WebDriver (https://www.w3.org/TR/webdriver2/)."""

    def __init__(self, port, profile):
        self.at = f"http://127.0.0.1:{port}"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.at += "/session/" + self.call("session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.at}/{path}".rstrip("/"), data, kind, method=method)
        # No proxy: the driver runs on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"chromedriver: {path}: {error.read().decode()}") from error

    def run(self, script, *arguments):
        return self.call("execute/sync", {"script": script, "args": list(arguments)})

    def open(self, address):
        """Also waits for the page's fonts."""
        self.call("url", {"url": address})
        self.run("return document.fonts.ready.then(() => true);")

    def log(self, kind):
        return self.call("se/log", {"type": kind})

    def size(self, width, height, mobile):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.call("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def dark(self, dark):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [feature]}})

    def screenshot(self, path):
        whole = {"captureBeyondViewport": True}
        screenshot = self.call("goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": whole})
        path.write_bytes(base64.b64decode(screenshot["data"]))


# A system whose only fonts look nothing like the page's.
DEJAVU = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{}</cachedir></fontconfig>"""


@contextlib.contextmanager
def browser(bare=False):
    with tempfile.TemporaryDirectory() as profile:
        environment = dict(os.environ)
        if bare:
            fonts = pathlib.Path(profile, "fonts.conf")
            fonts.write_text(DEJAVU.format(profile))
            environment["FONTCONFIG_FILE"] = str(fonts)
        driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        try:
            lines = []
            for line in driver.stdout:
                lines.append(line)
                if "started successfully on port " in line:
                    port = line.rsplit("on port ", 1)[1].strip().rstrip(".")
                    break
            else:
                raise SystemExit(f"chromedriver did not start: {''.join(lines)}")
            session = Browser(port, profile)
            try:
                yield session
            finally:
                session.call("", method="DELETE")
        finally:
            driver.terminate()
            driver.wait(60)


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def expect(condition, what):
    if not condition:
        raise SystemExit(f"error: {what}")


def check_requests(session, address):
    """Only the page itself was requested, and the console is empty."""
    messages = [entry["message"] for entry in session.log("browser")]
    expect(not messages, f"messages on the console of {address}: {messages}")
    requested = []
    for entry in session.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested.append(message["params"]["request"]["url"])
        expect(message["method"] != "Network.loadingFailed", f"a request failed: {message}")
    others = [url for url in requested if url.split("#")[0] != address and not url.startswith("data:")]
    expect(requested and not others, f"{address} requests {others or 'nothing at all'}")


FIGURES = """
return Array.from(document.querySelectorAll("figure"), (figure) => {
  const drawing = figure.querySelector("svg");
  const box = drawing.getBoundingClientRect();
  const titles = Array.from(drawing.querySelectorAll(".tooltip > * > title"), (title) => title.textContent);
  const { x, y, width, height } = drawing.viewBox.baseVal;
  const scale = box.width / width;
  const texts = Array.from(drawing.querySelectorAll("text"), (text) => {
    const { left, top, right, bottom } = text.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(text).fontSize) * scale;
    // The box of a text is that of its em, which is larger than its glyphs.
    const margin = size / 4;
    return { text: text.textContent, size, length: text.getComputedTextLength(),
             clipped: left < box.left - margin || right > box.right + margin || top < box.top - margin || bottom > box.bottom + margin };
  });
  return { id: figure.id, width: box.width, height: box.height, titles, texts, caption: figure.querySelector("figcaption").innerText,
           shown: figure.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
           label: drawing.getAttribute("aria-label") };
});
"""


def check_figures(session):
    """All are visible, no text is too small, and none is cut off. Returns the width of each text and the number of values."""
    figures = session.run(FIGURES)
    expect(len(figures) >= MIN_DRAWN, f"there are {len(figures)} figures")
    for figure in figures:
        name = figure["id"]
        expect(figure["shown"] and figure["width"] > 200 and figure["height"] > 60, f"{name} is not visible: {figure}")
        expect(figure["label"].startswith("Figure ") and figure["caption"].startswith("Figure "), f"{name} has no title")
        expect(all(title.strip() for title in figure["titles"]), f"{name} has an empty value")
        for text in figure["texts"]:
            expect(text["size"] >= MIN_TEXT_SIZE, f"{name}: `{text['text']}` is {text['size']:.1f} px")
            expect(not text["clipped"], f"{name}: `{text['text']}` is cut off")
    with_values = [figure for figure in figures if figure["titles"]]
    expect(len(with_values) >= MIN_DRAWN - 2, f"only {len(with_values)} figures show values")
    return {figure["id"]: [(text["text"], text["length"]) for text in figure["texts"]] for figure in figures}, sum(
        len(figure["titles"]) for figure in figures
    )


def check_font(session):
    """The page's own fonts are loaded and used."""
    faces = session.run(
        """
        document.body.offsetWidth;
        return Array.from(document.fonts, (face) => [face.family.replaceAll('"', ""), face.weight, face.status]);
        """
    )
    expect(sorted(faces) == [["Libertinus Serif", "400", "loaded"], ["Libertinus Serif", "700", "loaded"]], f"fonts: {faces}")


def check_lengths(usual, bare):
    """Texts are as wide without the system's usual fonts as with them."""
    for name, texts in usual.items():
        for (text, length), (_, other) in zip(texts, bare[name]):
            expect(abs(length - other) <= 0.01 * max(length, other), f"{name}: `{text}` is {length} px or {other} px wide")


def keys(session, *pressed):
    actions = [{"type": kind, "value": key} for key in pressed for kind in ("keyDown", "keyUp")]
    session.call("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})


def move_mouse(session, x, y):
    move = {"type": "pointerMove", "duration": 0, "x": x, "y": y}
    mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move]}
    session.call("actions", {"actions": [mouse]})


RIGHT, LEFT, DOWN, UP, HOME, ESCAPE, TAB, ENTER = "\ue014", "\ue012", "\ue015", "\ue013", "\ue011", "\ue00c", "\ue004", "\ue007"


def check_pointing(session):
    """Pointing at a mark shows its value below the figure and highlights its network everywhere."""
    mark = session.run(
        """
        const mark = Array.from(document.querySelectorAll("#fig03 .tooltip > *")).pop();
        mark.scrollIntoView({ block: "center" });
        const box = mark.getBoundingClientRect();
        return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2), title: mark.textContent,
                 network: mark.dataset.network };
        """
    )
    move_mouse(session, mark["x"], mark["y"])
    readout = session.run("return document.querySelector('#fig03 .readout').textContent;")
    expect(readout == mark["title"].replace("\n", "; "), f"pointing at `{mark['title']}` shows `{readout}`")
    check_highlighted(session, mark["network"])


LIT = """
const lit = Array.from(document.querySelectorAll(".lit"));
return { networks: [...new Set(lit.map((element) => element.dataset.network))], all: lit.length,
         figures: new Set(lit.map((element) => element.closest("figure")?.id).filter((id) => id)).size,
         rows: lit.filter((element) => element.localName === "tr").length,
         faint: Array.from(document.querySelectorAll("#fig03 .mark:not(.lit)")).filter((mark) => getComputedStyle(mark).opacity < 0.5).length };
"""


def check_highlighted(session, network):
    lit = session.run(LIT)
    expect(lit["networks"] == [network], f"{network} should be highlighted, and nothing else: {lit}")
    expect(lit["figures"] >= 5 and lit["rows"] >= 2 and lit["faint"] > 0, f"{network} is not highlighted everywhere: {lit}")


def check_keyboard(session):
    """Arrows reach every mark of a figure, each with its value; Tab and Escape leave."""
    figure = session.run(
        """
        window.visited = new Set();
        const drawing = document.querySelector("#fig03 svg");
        drawing.addEventListener("focusin", (event) => window.visited.add(event.target));
        const stops = drawing.querySelectorAll("[tabindex='0']");
        stops[0].focus();
        return { marks: drawing.querySelectorAll(".tooltip > *").length, stops: stops.length };
        """
    )
    expect(figure["stops"] == 1 and figure["marks"] > 10, f"Figure 3 for the keyboard: {figure}")
    keys(session, HOME, *[RIGHT] * figure["marks"])
    state = """
        const mark = document.activeElement;
        return { visited: window.visited.size, label: mark.getAttribute("aria-label"), inside: mark.closest("figure")?.id ?? null,
                 readout: document.querySelector("#fig03 .readout").textContent, network: mark.dataset.network ?? null };
        """
    found = session.run(state)
    expect(found["visited"] == figure["marks"], f"arrows reach {found['visited']} of {figure['marks']} marks")
    expect(found["label"] and found["label"] == found["readout"], f"the last mark shows: {found}")
    check_highlighted(session, found["network"])
    keys(session, LEFT, UP)
    other = session.run(state)
    expect(other["network"] != found["network"] and other["inside"] == "fig03", f"up leads to {other}")
    keys(session, DOWN)
    expect(session.run(state)["network"] == found["network"], "down does not lead back")
    keys(session, TAB)
    left = session.run(state)
    expect(left["inside"] == "fig03" and left["label"] is None and left["readout"] == "", f"Tab leads to {left}")
    session.run("document.querySelector('#fig03 svg [tabindex=\"0\"]').focus();")
    keys(session, ESCAPE)
    expect(session.run(state)["inside"] is None, "Escape does not leave")
    # A row of buttons works the same; a pressed button keeps its network highlighted.
    session.run("document.querySelector('.networks button').focus();")
    keys(session, RIGHT, ENTER)
    network = session.run("return document.activeElement.dataset.network;")
    session.run("document.activeElement.blur();")
    check_highlighted(session, network)
    session.run("document.querySelector('.networks [aria-pressed=true]').click();")
    expect(session.run(LIT)["all"] == 0, "a second press does not end it")


# Scrolls the table of measurements to the top, which leaves Figure 3 outside the window.
AWAY = """
document.documentElement.style.scrollBehavior = "auto";
document.getElementById("points-table").scrollIntoView({ block: "start" });
window.entered = 0;
window.moved = 0;
"""
# The network with the focus, and the centre of a visible mark of another.
OTHER_MARK = """
const network = document.activeElement.dataset.network;
for (const mark of document.querySelectorAll("#fig03 .tooltip > *")) {
  const box = mark.getBoundingClientRect();
  const [x, y] = [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
  const top = document.elementFromPoint(x, y)?.closest("[data-network]")?.dataset.network ?? network;
  if (top !== network) return { network, other: top, x, y };
}
return null;
"""
# Waits until the browser has noticed what lies under the mouse now, and until the page has been drawn twice since.
SETTLED = """
const [x, y] = arguments;
const frame = () => new Promise((done) => requestAnimationFrame(done));
const enough = Date.now() + 5000;
const settle = async () => {
  while (window.entered === 0 && Date.now() < enough) await frame();
  await frame();
  await frame();
  const under = document.elementFromPoint(x, y)?.closest("[data-network]")?.dataset.network ?? null;
  return { under, entered: window.entered, moved: window.moved, readout: document.querySelector("#fig03 .readout").textContent,
           label: document.activeElement.getAttribute("aria-label") };
};
return settle();
"""


def check_resting_mouse(session):
    """The keyboard scrolls another network under a mouse that does not move; the keyboard's network stays highlighted."""
    session.run(
        """
        document.addEventListener("pointerover", () => { window.entered += 1; });
        document.addEventListener("pointermove", () => { window.moved += 1; });
        document.querySelector('#fig03 svg [tabindex="0"]').focus();
        """
    )
    # A first try finds out where the scrolling ends.
    keys(session, HOME)
    session.run(AWAY)
    keys(session, RIGHT)
    mark = session.run(OTHER_MARK)
    expect(mark is not None, "no mark of another network is visible in Figure 3")
    keys(session, HOME)
    session.run(AWAY)
    move_mouse(session, mark["x"], mark["y"])
    session.run("window.entered = 0; window.moved = 0;")
    keys(session, RIGHT)
    found = session.run(SETTLED, mark["x"], mark["y"])
    expect(found["under"] == mark["other"] and found["entered"] > 0, f"no other network was scrolled under the mouse: {mark}, {found}")
    expect(found["moved"] == 0, f"the mouse moved by itself: {found}")
    check_highlighted(session, mark["network"])
    expect(found["readout"] == found["label"], f"the value of another mark is shown: {found}")
    move_mouse(session, 0, 0)
    session.run("document.activeElement.blur(); window.scrollTo(0, 0);")


COLUMN = """
const [table, column] = arguments;
const rows = Array.from(document.querySelectorAll(".sortable")[table].tBodies[0].rows).filter((row) => row.cells[column]);
return rows.filter((row) => row.className !== "machine").map((row) => row.cells[column].dataset.value ?? row.cells[column].textContent);
"""
HEADS = """
return Array.from(document.querySelectorAll(".sortable"), (table) => Array.from(table.tHead.rows[0].cells, (head, column) => {
  const button = head.querySelector("button");
  return button === null ? null : { name: head.textContent, column };
}).filter((head) => head !== null));
"""
CLICK = """
const [table, column, how] = arguments;
const head = document.querySelectorAll(".sortable")[table].tHead.rows[0].cells[column];
const button = head.querySelector("button");
if (how === "click") button.click(); else button.focus();
return head.getAttribute("aria-sort");
"""


def check_sorting(session):
    tables = session.run(HEADS)
    expect(len(tables) == 2 and all(len(heads) >= 5 for heads in tables), f"column heads that sort: {tables}")
    for table, heads in enumerate(tables):
        for head in heads:
            column = head["column"]
            before = sorted(session.run(COLUMN, table, column))
            expect(session.run(CLICK, table, column, "click") == "ascending", f"{head['name']}: not ascending")
            up = session.run(COLUMN, table, column)
            expect(session.run(CLICK, table, column, "click") == "descending", f"{head['name']}: not descending")
            down = session.run(COLUMN, table, column)
            expect(sorted(up) == before == sorted(down), f"{head['name']}: rows were lost")
            numbers = all(cell == "" or is_number(cell) for cell in up)
            values = [float(cell) if numbers else cell for cell in up if cell != ""]
            expect(not numbers or values == sorted(values), f"{head['name']}: not in order: {values}")
            reversed_values = [float(cell) if numbers else cell for cell in down if cell != ""]
            expect(reversed_values == values[::-1], f"{head['name']}: a second click does not reverse")
            expect([cell for cell in up if cell == ""] == up[len(values) :], f"{head['name']}: empty cells do not come last")
            others = session.run("return document.querySelectorAll('.sortable')[arguments[0]].querySelectorAll('[aria-sort]').length;", table)
            expect(others == 1, f"{others} columns are marked as sorted")
    # The keyboard does the same.
    session.run(CLICK, 0, tables[0][0]["column"], "focus")
    keys(session, ENTER)
    direction = session.run("return document.querySelector('.sortable th').getAttribute('aria-sort');")
    expect(direction == "ascending", f"the key Enter sorts {direction}")


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def check_switches(session):
    """Each machine, batch and network shows its rows, and together they show every row."""
    counts = session.run(
        """
        const set = (id, value) => {
          const select = document.getElementById(id);
          select.value = value;
          select.dispatchEvent(new Event("input"));
          return Array.from(document.querySelectorAll("#points-table tr[data-network]")).filter((row) => row.getBoundingClientRect().height > 0).length;
        };
        const values = (id) => Array.from(document.getElementById(id).options, (option) => option.value).filter((value) => value !== "");
        const each = (id) => values(id).map((value) => set(id, value));
        const found = values("machine").map((machine) => {
          const all = set("machine", machine);
          const batches = each("batch");
          set("batch", "");
          const networks = each("network");
          return { machine, all, batches, networks, back: set("network", "") };
        });
        set("machine", "here");
        return found;
        """
    )
    for of in counts:
        same = of["all"] == sum(of["batches"]) == sum(of["networks"]) == of["back"]
        expect(same and of["all"] > 0, f"the switches of the table: {of}")
    expect(counts[0]["machine"] == "here" and counts[-1]["machine"] == "2016" and len(counts[0]["batches"]) > 1, f"{counts}")
    return [of["machine"] for of in counts]


CHOOSE = """
const [machine, positions] = arguments;
const set = (id, value) => {
  const input = document.getElementById(id);
  input.value = value;
  input.dispatchEvent(new Event("input"));
};
set("machine", machine);
set("batch", "1");
positions.forEach((position, index) => set(`limit-${index}`, position));
const chosen = Array.from(document.getElementById("chosen").querySelectorAll("b"), (name) => name.dataset.network);
const limits = Array.from(positions, (_, index) => document.querySelector(`output[for="limit-${index}"]`).textContent);
const result = { limits, chosen, text: document.getElementById("chosen").textContent,
                 marked: document.querySelectorAll("#points-table tr.chosen").length };
positions.forEach((_, index) => set(`limit-${index}`, "100"));
set("batch", "");
set("machine", "here");
return result;
"""
# How the command introduces each network that it names.
NAMED = re.compile(r"^(?:Chosen|Perhaps as accurate, and within|(?:More|Perhaps more) accurate, and perhaps within|Perhaps within|Closest): (\S+) at batch 1,", re.MULTILINE)


def check_choice(session, machine, command):
    """The sliders choose what the command chooses within the same limits."""
    unlimited = session.run(CHOOSE, machine, [100, 100, 100, 100])
    expect(unlimited["limits"] == ["any"] * 4 and len(unlimited["chosen"]) >= 1, f"{machine}: without a limit: {unlimited}")
    found = set()
    for positions in [[20, 100], [45, 100], [60, 100], [75, 100], [100, 35], [100, 60], [60, 45], [35, 70], [0, 100], [52, 52]]:
        result = session.run(CHOOSE, machine, [*positions, 100, 100])
        is_chosen = result["text"].startswith("Chosen: ")
        expect(result["marked"] == int(is_chosen), f"{machine} {positions}: {result}")
        found.add(tuple(result["chosen"]))
        if command:
            limits = [f"--max-{name}={limit}" for name, limit in zip(["time", "memory"], result["limits"]) if limit != "any"]
            ran = subprocess.run([*command, *limits, "--batches=1"], capture_output=True, text=True, check=False)
            expect(ran.returncode in (0, 1) and ran.stdout, f"{command} {limits}: {ran.stderr}")
            # The command wraps its lines; names stand at the start of a line.
            named = NAMED.findall(ran.stdout)
            expect(result["chosen"] == named, f"{machine} within {limits}: the page chooses {result}, the command {named}")
            expect(is_chosen == (ran.returncode == 0), f"{machine} within {limits}: {result}, {ran.returncode}")
    expect(len(found) > 3, f"{machine}: too few different choices: {found}")


def check_links(session, folder):
    links = session.run("return Array.from(document.querySelectorAll('a[href]'), (link) => link.getAttribute('href'));")
    files = 0
    for link in sorted(set(links)):
        if link.startswith("https://"):
            continue
        if link.startswith("#"):
            found = session.run("return document.getElementById(arguments[0]) !== null;", link[1:])
            expect(found, f"`{link}` leads nowhere")
            continue
        path = (folder / urllib.parse.unquote(link)).resolve()
        expect(path.is_relative_to(folder.resolve()) and path.is_file(), f"`{link}` leads to no file")
        files += 1
    expect(files > 2 * MIN_DRAWN, f"only {files} links lead to files")
    return files


STRUCTURE = """
const levels = Array.from(document.querySelectorAll("h1, h2, h3, h4"), (head) => Number(head.tagName[1]));
const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
return { levels, twice: ids.filter((id, index) => ids.indexOf(id) !== index), language: document.documentElement.lang,
         mode: document.compatMode, unnamed: Array.from(document.querySelectorAll("button, select, input, svg[role], .tooltip > *, [role=region]"))
           .filter((element) => !(element.textContent.trim() || element.labels?.length || element.getAttribute("aria-label") ||
             document.getElementById(element.getAttribute("aria-labelledby")))).length };
"""


def check_structure(session):
    found = session.run(STRUCTURE)
    levels = found["levels"]
    steps = all(later <= earlier + 1 for earlier, later in zip(levels, levels[1:]))
    expect(levels[:1] == [1] and levels.count(1) == 1 and steps, f"headings: {levels}")
    expect(not found["twice"], f"identifiers used twice: {found['twice']}")
    expect(found["language"] and found["mode"] == "CSS1Compat" and found["unnamed"] == 0, f"{found}")


def check_width(session, name):
    wide = session.run(
        """
        const page = document.documentElement;
        const beyond = Array.from(document.querySelectorAll("body *")).filter((element) => !element.closest(".scroll > *, .sheet > *, .skip, svg") &&
          element.getBoundingClientRect().right > page.clientWidth + 0.5).map((element) => element.outerHTML.slice(0, 80));
        return { scroll: page.scrollWidth, client: page.clientWidth, beyond };
        """
    )
    expect(wide["scroll"] <= wide["client"] and not wide["beyond"], f"{name}: the page is wider than the window: {wide}")


def check(session, address, folder, command):
    # Clears what the browser logged when it started.
    session.open("about:blank")
    session.log("browser")
    session.log("performance")
    session.size(*DESKTOP, False)
    session.open(address)
    check_structure(session)
    check_font(session)
    lengths, values = check_figures(session)
    check_width(session, "desktop")
    check_pointing(session)
    check_keyboard(session)
    check_resting_mouse(session)
    check_sorting(session)
    machines = check_switches(session)
    check_choice(session, "here", command)
    for machine in machines[1:]:
        check_choice(session, machine, None)
    files = check_links(session, folder)
    session.size(*PHONE, True)
    session.open(address)
    check_width(session, "telephone")
    expect(session.run("return window.innerWidth;") == PHONE[0], f"the telephone is not {PHONE[0]} px wide")
    check_figures(session)
    check_requests(session, address)
    print(f"{address.split(':')[0]}: {len(lengths)} figures, {values} values, {files} linked files, no request, no message")
    return lengths


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="folder of the page")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER", help="folder to write screenshots to")
    parser.add_argument("--choose", nargs=argparse.REMAINDER, metavar="COMMAND", help="command that chooses from the same records")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    lengths = []
    for bare in [False, True]:
        with browser(bare) as session, served(folder) as address:
            # The command takes a second each time.
            addresses = [(address, arguments.choose)] if bare else [((folder / "index.html").as_uri(), None), (address, None)]
            for at, command in addresses:
                lengths.append(check(session, at, folder, command))
            if arguments.screenshots:
                take_screenshots(session, address, arguments.screenshots, "bare" if bare else "usual")
    check_lengths(lengths[0], lengths[-1])


def take_screenshots(session, address, folder, fonts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, size, mobile, dark in [
        ("desktop", DESKTOP, False, False),
        ("phone", PHONE, True, False),
        ("dark", DESKTOP, False, True),
    ]:
        session.size(*size, mobile)
        session.dark(dark)
        session.open(address)
        session.screenshot(folder / f"{name}-{fonts}.png")


if __name__ == "__main__":
    main()
