#!/usr/bin/env python3
"""Makes the pages of the documentation site from the documents of the repository.

usage: scripts/site/pages.py FOLDER

README.md becomes index.md, the other documents keep their names, and manual pages become Markdown, by
mandoc. A link to a file that is not part of the site becomes the name of that file.
"""
import glob
import os
import posixpath
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = ("README.md", "NEWS.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "models/builtin/*.md", "examples/README.md",
             "docs/img/*.jpg", "docs/img/*.png")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)]*)?\)")


def files(*patterns):
    return sorted(os.path.relpath(f, ROOT) for p in patterns for f in glob.glob(os.path.join(ROOT, p)))


def place(path):
    """Where a file of the repository lies in the site."""
    if path == "README.md":
        return "index.md"
    if path.startswith("man/"):
        return path + ".md"
    return path


def linked(content, path, known):
    """The content of `path` with links to the places of files in the site."""
    def change(match):
        picture, label, target, anchor = match.groups()
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if file not in known:
            return label
        where = posixpath.relpath(place(file), posixpath.dirname(place(path)) or ".")
        return f"{picture}[{label}]({where}{anchor or ''})"
    return LINK.sub(change, content)


def manual(path):
    """A manual page as Markdown, with references to the others as links."""
    text = subprocess.run(["mandoc", "-T", "markdown", os.path.join(ROOT, path)], check=True, stdout=subprocess.PIPE).stdout.decode()
    lines = text.split("\n")
    title = re.match(r"[\w-]+\(\d\)", lines[0])[0].lower()
    body = "\n".join(line for line in lines[1:] if not re.match(r".* - \w+ \d+, \d{4}$", line))

    def refer(match):
        page = f"man/{match[1]}.{match[2]}"
        return f"[{match[1]}({match[2]})]({page[4:]}.md)" if os.path.exists(os.path.join(ROOT, page)) else match[0]
    return f"# {title}\n\n" + re.sub(r"(?<![\w\[])((?:lib)?mien[\w-]*)\((\d)\)", refer, re.sub(r"(?m)^# ", "## ", body))


def write(folder, path, content):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(content)


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    pages, manuals = files(*DOCUMENTS), files("man/*.[1-9]")
    known = {*pages, *manuals}
    for path in pages:
        if path.endswith(".md"):
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                write(folder, place(path), linked(f.read(), path, known))
        else:
            os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), os.path.join(folder, path))
    for path in manuals:
        write(folder, place(path), manual(path))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
