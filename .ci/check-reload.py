"""Starts `watch --serve`, opens its page in a headless Chromium, edits the style of the page, and checks that the browser shows the
new one at the same place, and nothing but the bytes that were written."""

import argparse
import importlib
import pathlib
import subprocess
import time
import urllib.request

page = importlib.import_module("check-page")

STYLE = pathlib.Path("paper/page/page.css")
RULE = "body { outline-width: 17px }"
SHOWN = """
const view = document.querySelector("iframe").contentWindow;
return { ready: view.document.readyState, width: view.getComputedStyle(view.document.body).outlineWidth, scroll: view.scrollY };
"""


def wait(session, is_reached, what):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        shown = session.run(SHOWN)
        if shown["ready"] == "complete" and is_reached(shown):
            return shown
        time.sleep(0.05)
    raise SystemExit(f"the browser never showed {what}: {shown}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="the page, such as output/cpu/index.html")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="starts watch with --serve")
    arguments = parser.parse_args()
    before = STYLE.read_bytes()
    watch = subprocess.Popen(arguments.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in watch.stderr:
            lines.append(line)
            if "waiting for the next save" in line:
                break
        serving = [line.split(" at ")[1].strip() for line in lines if line.startswith("serving ")]
        page.expect(len(serving) == 1, f"it does not serve: {''.join(lines)}")
        address = serving[0]
        path = arguments.file.relative_to("output")
        with urllib.request.urlopen(f"{address}{path}") as response:
            page.expect(response.read() == arguments.file.read_bytes(), "other bytes are served than were written")
        with page.browser() as session:
            session.open(f"{address}live/{path}")
            wait(session, lambda shown: shown["width"] != "17px", "the page")
            session.run("document.querySelector('iframe').contentWindow.scrollTo(0, 700);")
            STYLE.write_bytes(before + RULE.encode())
            wait(session, lambda shown: shown["width"] == "17px" and shown["scroll"] == 700, "the edit at the same place")
        print(f"{address}: reloaded after an edit, at the same place")
    finally:
        STYLE.write_bytes(before)
        watch.terminate()
        watch.wait(60)


if __name__ == "__main__":
    main()
