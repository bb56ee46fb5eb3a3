"""Checks the links of a built book: check-links.py DIRECTORY. Each must lead to a file of it, and to an anchor in that."""

import sys
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(value for value in (attributes.get("id"), attributes.get("name")) if value)
        self.links += [value for value in (attributes.get("href"), attributes.get("src")) if value]


root = Path(sys.argv[1])
pages = {path.resolve(): Page(path) for path in root.rglob("*.html")}
if len(pages) < 10:
    sys.exit(f"{root} is no book")
bad = set()
for path, page in pages.items():
    # The page of an address that is not there is shown at any depth, and one page repeats all others.
    if path.name in ("404.html", "print.html", "toc.html"):
        continue
    for link in page.links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            bad.add(f"{path.name}: {link} is not there")
        elif parts.fragment and target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
            bad.add(f"{path.name}: {link} has no such heading")
print(*sorted(bad), sep="\n", end="\n" if bad else "")
sys.exit(bool(bad))
