#!/usr/bin/env bash
# Commit subjects since the introduction of the rule: at most 72 characters, "area: what changes".
# Usage: tests/rules/commits.sh [ROOT]
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}" || exit 2

first=a01ac6b # the last commit before the rule

check() { # reads lines "HASH SUBJECT"
    awk '
        { subject = substr($0, index($0, " ") + 1) }
        length(subject) > 72 { print $1 ": the subject has " length(subject) " characters, 72 are allowed"; bad = 1 }
        subject !~ /^[a-z][a-z0-9_, .\/-]*: ./ { print $1 ": the subject is not \"area: what changes\""; bad = 1 }
        END { exit bad }'
}

# A check that cannot fail checks nothing.
long=$(printf 'x%.0s' {1..67})
for subject in "area: $long" 'No area' 'Area: capital'; do
    if check <<<"1234567 $subject" >/dev/null; then
        echo "not noticed: $subject"
        exit 1
    fi
done
if ! check <<<"1234567 area: ${long:1}"; then
    echo 'a correct subject was rejected'
    exit 1
fi
if ! git rev-parse -q --verify "$first^{commit}" >/dev/null 2>&1; then
    echo "skip: no git history here"
    exit 77
fi
git log --no-merges --format='%h %s' "$first..HEAD" | check
