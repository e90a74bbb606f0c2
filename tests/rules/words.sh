#!/usr/bin/env bash
# Words and patterns that make a text hard to read or that have a better word in docs/glossary.md.
# Prints each line that has one, with the cure.
# Usage: tests/rules/words.sh [ROOT [PATH...]]     PATH: files or folders below ROOT; default: all below
# A real exception has the words "words: ok" in the same line, in a comment.
set -uo pipefail
shopt -s globstar nullglob

root=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$root" || exit 2
shift

# docs/glossary.md and this script list the words that are not used, so they are not searched.
paths=("$@")
((${#paths[@]})) || paths=(README.md SECURITY.md CONTRIBUTING.md NEWS.md docs man models include src cli
    research examples bench fuzz tests scripts bindings Makefile meson.build)

files=()
for path in "${paths[@]}"; do
    if [[ -d $path ]]; then
        files+=("$path"/**/{*.{md,1,3,5,c,h,cpp,py,sh},meson.build})
    elif [[ -e $path ]]; then
        files+=("$path")
    fi
done
checked=()
for file in "${files[@]}"; do
    case $file in
    docs/glossary.md | tests/rules/words.sh) ;;
    *) checked+=("$file") ;;
    esac
done

# One rule per line: extended regular expression, cure, and a sentence that breaks the rule, with tabs
# between. Case is ignored, unless the expression begins with "=". Expressions with a space see a line
# together with the first word of the next one.
rules() {
    cat <<'RULES'
\b(for|to|of|by|with|from) who(ever)?\b	name the noun: "for a caller that ..."	This is for who measures.
(^|[.;:("]|\b(and|but|or|then|that|so|if)) *who(ever)? (has|had|is|was|wants|needs|does|dies|died|leaves|waits|waited|passes|detects|finds|works|opens|goes|smiles|attaches|resumes)\b	name the noun: "a process that waited"	And who waited looks again.
\bwhoever\b	name the noun: "the thread that ..."	Whoever finds it first.
\b(is|are|was|were|be|been|being) (then |also |only |never )?(said|told)\b	use log, report, record, document or estimate	How many were dropped is told.
\bcould be said\b	use "preliminary estimate"	What could be said in this frame.
\b(file|table|header|stream|container|sidecar|option|setting|row|column|model|network|page|rule|which|it) (says|said|tells|told)\b	use states, specifies, means, records or shows	As the file says.
\bfilms?\b	use "video"	Most films are like that.
\banew\b	use "again" or "new"	It is computed anew.
\balike\b	use "equal" or "in the same way"	Results that were made alike.
\b(nobody|somebody)\b	name the noun: "no face", "no caller"	It finds nobody.
\bas ever\b	use "as before" or leave it out	The rest is as ever.
\bunder way\b	use "in flight"	Frames under way.
\bby lot\b	use "at random"	Pictures by lot.
\bsharpen(s|ed|ing)?\b	use "refine"	Local detectors sharpen them.
\bunrelated (pictures|images|frames)\b	use "independent"	Frames are unrelated pictures.
\bgiven (faces|landmarks)\b	use "external landmarks"	The given landmarks.
=(^|[.;:] |")Of (a|an|the|each|other|several|anything|these|those) [a-z' -]*,	begin with the subject: "In a folder, ..."	Of a folder, the videos are taken.
RULES
}

# FILE:LINE:TEXT of all files, without comment, list and opening quotation marks; with "pairs" also the first word of the
# next line.
lines() { # pairs|single
    ((${#checked[@]})) || return 0
    awk -v pairs="$1" '
        function plain(line) {
            sub(/^[ \t]*(\/\*+|\*+\/?|\/\/|#+|[frb]?"+|[|>-])?[ \t]*/, "", line)
            return line
        }
        function show(more) {
            if (number && last !~ /words: ok/) print name ":" number ":" plain(last) more
        }
        FNR == 1 { show("") }
        FNR > 1 {
            split(plain($0), word, " ")
            show(pairs == "pairs" ? " " word[1] : "")
        }
        { last = $0; number = FNR; name = FILENAME }
        END { show("") }' "${checked[@]}"
}

broken=0
pairs=$(lines pairs)
single=$(lines single)
while IFS=$'\t' read -r expression cure _; do
    text=$single
    [[ $expression != *' '* ]] || text=$pairs
    case=-i
    [[ $expression != =* ]] || case= expression=${expression#=}
    # "^" is the beginning of the text, behind file and line
    found=$(grep $case -E -e "${expression//^/^[^:]+:[0-9]+:}" <<<"$text") || continue
    printf '%s\n    %s\n' "$found" "$cure"
    broken=1
done < <(rules)

# A check that cannot fail checks nothing: each rule finds the sentence that breaks it, in one line
# and over two, and leaves plain sentences and marked lines alone.
if ((!broken)) && [[ -z ${WORDS_NESTED:-} ]]; then
    copy=$(mktemp -d) || exit 2
    trap 'rm -rf "$copy"' EXIT
    nested() { WORDS_NESTED=1 bash "$root/tests/rules/words.sh" "$copy" x.md >/dev/null; }
    while IFS=$'\t' read -r pattern _ sentence; do
        printf '%s\n' "$sentence" >"$copy/x.md"
        if nested; then
            echo "not noticed: $sentence ($pattern)"
            broken=1
        fi
        printf '%s <!-- words: ok -->\n' "$sentence" >"$copy/x.md"
        if ! nested; then
            echo "a marked line was refused: $sentence"
            broken=1
        fi
    done < <(rules)
    printf 'How many were dropped is\ntold at the end.\n' >"$copy/x.md"
    if nested; then
        echo 'a pattern over two lines was not noticed'
        broken=1
    fi
    # Comments and strings of Python and shell files are read as well, in the folders that are searched
    # by default.
    mkdir -p "$copy/tests/program" "$copy/scripts"
    unread() { # FILE TEXT
        printf '%s\n' "$2" >"$copy/$1"
        if WORDS_NESTED=1 bash "$root/tests/rules/words.sh" "$copy" >/dev/null; then
            echo "not noticed in $1: $2"
            broken=1
        fi
        rm "$copy/$1"
    }
    unread tests/program/x.py '    """Of a folder, the videos are taken."""'
    unread tests/program/x.py 'fail(f"Of a folder, {n} videos are taken")'
    unread tests/program/x.py 'n = 1  # the rest is as ever'
    unread tests/program/x.py '# Who waited looks again.'
    unread scripts/x.sh '# Of a folder, the videos are taken.'
    unread scripts/x.sh 'echo "nobody is there"'
    unread tests/meson.build '# the rest is as ever'
    printf 'A person who is absent gets a new number. Of course it filmed nothing; whom it shows is known.\n' \
        >"$copy/x.md"
    if ! nested; then
        echo 'a plain sentence was refused'
        broken=1
    fi
fi
exit "$broken"
