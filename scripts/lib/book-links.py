"""A preprocessor of mdBook: links that leave docs/ lead to the repository that Cargo.toml names, and are plain text
while it names none. mdBook hands over [context, book] as JSON and reads the book back
(https://rust-lang.github.io/mdBook/for_developers/preprocessors.html, mdBook 0.5)."""

import json
import re
import sys
import tomllib


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    context, book = json.load(sys.stdin)
    with open(context["root"] + "/Cargo.toml", "rb") as file:
        repository = tomllib.load(file)["package"].get("repository")

    def replaced(link):
        words, path = link.groups()
        return f"[{words}]({repository}/blob/HEAD/{path})" if repository else words

    def visit(items):
        for item in items:
            chapter = item.get("Chapter") if isinstance(item, dict) else None
            if chapter:
                chapter["content"] = re.sub(r"\[([^\]]*)\]\(\.\./([^)]*)\)", replaced, chapter["content"])
                visit(chapter["sub_items"])

    visit(book["items"])
    json.dump(book, sys.stdout)


main()
