#!/usr/bin/env bash
# Makes the documentation site in build-site/html: `make site`. MkDocs is installed in build-deps by
# its lock file. Warnings, such as a dead link, are errors.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdocs=build-deps/mkdocs
lock=scripts/site/requirements.txt
if ! cmp -s "$lock" "$mkdocs/.lock"; then
    rm -rf "$mkdocs"
    python3 -m pip install -q --require-hashes --only-binary :all: --target "$mkdocs" -r "$lock"
    cp "$lock" "$mkdocs/.lock"
fi
scripts/site/pages.py build-site/pages
PYTHONPATH=$mkdocs NO_MKDOCS_2_WARNING=1 python3 -m mkdocs build -q --strict --clean -f scripts/site/mkdocs.yml
echo 'site: build-site/html/index.html'
