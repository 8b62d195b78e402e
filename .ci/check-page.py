"""Opens the page of a publication in a headless Chromium, as a file and from a server of this machine, and checks what a reader meets:
nothing is fetched or goes wrong, every figure is seen and tells its values, tables sort, links lead to files, and a telephone shows it
without scrolling aside. Speaks WebDriver to Debian's chromedriver. Usage: check-page.py FOLDER [FOLDER FOR SCREENSHOTS]"""

import base64
import contextlib
import functools
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

DESKTOP = (1280, 900)
PHONE = (360, 740)
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
LEAST_FIGURES = 10


class Browser:
    """A session of WebDriver (https://www.w3.org/TR/webdriver2/)."""

    def __init__(self, port, profile):
        self.at = f"http://127.0.0.1:{port}"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.at += "/session/" + self.call("session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.at}/{path}".rstrip("/"), data, kind, method=method)
        # Whatever proxy the machine has, this is the machine itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"chromedriver: {path}: {error.read().decode()}") from error

    def run(self, script, *arguments):
        return self.call("execute/sync", {"script": script, "args": list(arguments)})

    def log(self, kind):
        return self.call("se/log", {"type": kind})

    def size(self, width, height, mobile):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.call("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def dark(self, dark):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [feature]}})

    def picture(self, path):
        whole = {"captureBeyondViewport": True}
        answer = self.call("goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": whole})
        path.write_bytes(base64.b64decode(answer["data"]))


@contextlib.contextmanager
def browser():
    with tempfile.TemporaryDirectory() as profile:
        driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            told = []
            for line in driver.stdout:
                told.append(line)
                if "started successfully on port " in line:
                    port = line.rsplit("on port ", 1)[1].strip().rstrip(".")
                    break
            else:
                raise SystemExit(f"chromedriver did not start: {''.join(told)}")
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


def expect(is_so, what):
    if not is_so:
        raise SystemExit(f"error: {what}")


def check_requests(session, address):
    """Only the page itself was asked for, and nobody complained."""
    complaints = [entry["message"] for entry in session.log("browser")]
    expect(not complaints, f"the console of {address} says: {complaints}")
    asked = []
    for entry in session.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
        expect(message["method"] != "Network.loadingFailed", f"a request failed: {message}")
    others = [url for url in asked if url.split("#")[0] != address and not url.startswith("data:")]
    expect(asked and not others, f"{address} asks for {others or 'nothing at all'}")


FIGURES = """
return Array.from(document.querySelectorAll("figure"), (figure) => {
  const box = figure.querySelector("svg").getBoundingClientRect();
  const titles = Array.from(figure.querySelectorAll("svg .told > * > title"), (title) => title.textContent);
  return { id: figure.id, width: box.width, height: box.height, titles, caption: figure.querySelector("figcaption").innerText,
           shown: figure.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
           label: figure.querySelector("svg").getAttribute("aria-label") };
});
"""


def check_figures(session):
    figures = session.run(FIGURES)
    expect(len(figures) >= LEAST_FIGURES, f"there are {len(figures)} figures")
    for figure in figures:
        name = figure["id"]
        expect(figure["shown"] and figure["width"] > 200 and figure["height"] > 60, f"{name} is not seen: {figure}")
        expect(figure["label"].startswith("Figure ") and figure["caption"].startswith("Figure "), f"{name} has no title")
        expect(all(title.strip() for title in figure["titles"]), f"{name} has an empty value")
    telling = [figure for figure in figures if figure["titles"]]
    # A figure of what was not measured may have no mark at all.
    expect(len(telling) >= LEAST_FIGURES - 2, f"only {len(telling)} figures tell values")
    return len(figures), sum(len(figure["titles"]) for figure in figures)


def check_pointing(session):
    """Where one points at a mark, its value is said below the figure."""
    place = session.run(
        """
        const mark = Array.from(document.querySelectorAll("#fig03 .told > *")).pop();
        mark.scrollIntoView({ block: "center" });
        const box = mark.getBoundingClientRect();
        return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2), title: mark.textContent };
        """
    )
    move = {"type": "pointerMove", "duration": 0, "x": place["x"], "y": place["y"]}
    mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move]}
    session.call("actions", {"actions": [mouse]})
    said = session.run("return document.querySelector('#fig03 .readout').textContent;")
    expect(said == place["title"].replace("\n", "; "), f"pointing at `{place['title']}` says `{said}`")


COLUMN = """
const [table, column] = arguments;
return Array.from(document.querySelectorAll(".sortable")[table].tBodies[0].rows, (row) => row.cells[column].dataset.value ??
  row.cells[column].textContent);
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
    expect(len(tables) == 2 and all(len(heads) >= 5 for heads in tables), f"heads that sort: {tables}")
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
            rest = [float(cell) if numbers else cell for cell in down if cell != ""]
            expect(rest == values[::-1], f"{head['name']}: a second click does not reverse")
            expect([cell for cell in up if cell == ""] == up[len(values) :], f"{head['name']}: nothing comes last")
            others = session.run("return document.querySelectorAll('.sortable')[arguments[0]].querySelectorAll('[aria-sort]').length;", table)
            expect(others == 1, f"{others} columns say that they are sorted")
    # The keyboard does the same.
    session.run(CLICK, 0, tables[0][0]["column"], "focus")
    key = [{"type": "keyDown", "value": "\ue007"}, {"type": "keyUp", "value": "\ue007"}]
    session.call("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": key}]})
    direction = session.run("return document.querySelector('.sortable th').getAttribute('aria-sort');")
    expect(direction == "ascending", f"the key Enter sorts {direction}")


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def check_filter(session):
    counts = session.run(
        """
        const filter = document.getElementById("filter");
        const rows = () => Array.from(document.querySelectorAll("#points-table tbody tr"))
          .filter((row) => row.getBoundingClientRect().height > 0).length;
        const choose = (value) => { filter.value = value; filter.dispatchEvent(new Event("change")); return rows(); };
        const all = choose("");
        return { all, each: Array.from(filter.options).slice(1).map((option) => choose(option.value)), back: choose("") };
        """
    )
    expect(counts["all"] == sum(counts["each"]) == counts["back"] > 0, f"the filter by network: {counts}")


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
    expect(files > 2 * LEAST_FIGURES, f"only {files} links lead to files")
    return files


STRUCTURE = """
const levels = Array.from(document.querySelectorAll("h1, h2, h3, h4"), (head) => Number(head.tagName[1]));
const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
return { levels, twice: ids.filter((id, place) => ids.indexOf(id) !== place), language: document.documentElement.lang,
         mode: document.compatMode, unnamed: Array.from(document.querySelectorAll("button, select, svg[role=img], [role=region]"))
           .filter((element) => !(element.textContent.trim() || element.labels?.length || element.getAttribute("aria-label") ||
             document.getElementById(element.getAttribute("aria-labelledby")))).length };
"""


def check_structure(session):
    found = session.run(STRUCTURE)
    levels = found["levels"]
    steps = all(later <= earlier + 1 for earlier, later in zip(levels, levels[1:]))
    expect(levels[:1] == [1] and levels.count(1) == 1 and steps, f"headings: {levels}")
    expect(not found["twice"], f"names given twice: {found['twice']}")
    expect(found["language"] and found["mode"] == "CSS1Compat" and found["unnamed"] == 0, f"{found}")


def check_width(session, name):
    wide = session.run(
        """
        const page = document.documentElement;
        const beyond = Array.from(document.querySelectorAll("body *")).filter((element) => !element.closest(".scroll, .skip, .hidden, svg") &&
          element.getBoundingClientRect().right > page.clientWidth + 0.5).map((element) => element.outerHTML.slice(0, 80));
        return { scroll: page.scrollWidth, client: page.clientWidth, beyond };
        """
    )
    expect(wide["scroll"] <= wide["client"] and not wide["beyond"], f"{name}: wider than the window: {wide}")


def check(session, address, folder):
    # What the browser did on its own when it started is not the page's.
    session.call("url", {"url": "about:blank"})
    session.log("browser")
    session.log("performance")
    session.size(*DESKTOP, False)
    session.call("url", {"url": address})
    check_structure(session)
    figures, values = check_figures(session)
    check_width(session, "desktop")
    check_pointing(session)
    check_sorting(session)
    check_filter(session)
    files = check_links(session, folder)
    session.size(*PHONE, True)
    session.call("url", {"url": address})
    check_width(session, "telephone")
    expect(session.run("return window.innerWidth;") == PHONE[0], "the telephone is not as wide as it should be")
    check_figures(session)
    check_requests(session, address)
    print(f"{address.split(':')[0]}: {figures} figures, {values} values to point at, {files} linked files, no request, no complaint")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    with browser() as session, served(folder) as address:
        for at in [(folder / "index.html").as_uri(), address]:
            check(session, at, folder)
        if len(sys.argv) > 2:
            pictures = pathlib.Path(sys.argv[2])
            pictures.mkdir(parents=True, exist_ok=True)
            for name, size, mobile, dark in [
                ("desktop", DESKTOP, False, False),
                ("phone", PHONE, True, False),
                ("dark", DESKTOP, False, True),
            ]:
                session.size(*size, mobile)
                session.dark(dark)
                session.call("url", {"url": address})
                session.picture(pictures / f"{name}.png")


if __name__ == "__main__":
    main()
