#!/usr/bin/env bash
# Commit subjects since the rule was made: at most 72 characters, "area: what changes".
# Usage: tests/rules/commits.sh [ROOT]
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}" || exit 2

first=a01ac6b # the last commit before the rule
if ! git rev-parse -q --verify "$first^{commit}" >/dev/null 2>&1; then
    echo "skip: no git history here"
    exit 77
fi
git log --no-merges --format='%h %s' "$first..HEAD" | awk '
    { subject = substr($0, index($0, " ") + 1) }
    length(subject) > 72 { print $1 ": the subject has " length(subject) " characters, 72 are allowed"; bad = 1 }
    subject !~ /^[a-z][a-z0-9_, .\/-]*: ./ { print $1 ": the subject is not \"area: what changes\""; bad = 1 }
    END { exit bad }'
