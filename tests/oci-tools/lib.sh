# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of every test in this directory; sourced, never run. It is tests/e2e's, and words for programs that only read
# and print.
#
# Environment, besides that of tests/e2e/lib.sh: OCI_HOOK (the hook under test).

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

# does WHAT STATUS CMD...: at most 30 s (not if CMD is a function); output in $E2E_TMP/out and $E2E_TMP/err.
does() {
	local what=$1 expected=$2 limit=(timeout --foreground -k 5 $((30 * E2E_SLOW))) status
	shift 2
	[ "$(type -t "$1")" != function ] || limit=()
	"${limit[@]}" "$@" >"$E2E_TMP/out" 2>"$E2E_TMP/err"
	status=$?
	equal "$what: status ($(head -c 300 "$E2E_TMP/err"))" "$expected" $status
}

# refused WHAT STATUS PATTERN CMD...: fails with one line on stderr and nothing on stdout.
refused() {
	local what=$1 expected=$2 pattern=$3
	shift 3
	does "$what" "$expected" "$@"
	equal "$what: lines on stderr" 1 "$(lines "$E2E_TMP/err")"
	equal "$what: stdout" "" "$(cat "$E2E_TMP/out")"
	want "$what: '$(cat "$E2E_TMP/err")' does not match /$pattern/" grep -Eq -- "$pattern" "$E2E_TMP/err"
}

# json FILE EXPRESSION: what python makes of it, with the document as d.
json() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2" 2>&1 | tail -n 1; }

# listen_at PATH: somebody who only takes connections; ended at the end. The socket gets its name when it listens.
listen_at() {
	E2E_TAG=$tag perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Local => "$ARGV[0].new", Listen => 5) or die "$!";
		rename "$ARGV[0].new", $ARGV[0] or die "$!"; alarm 600; $s->accept while 1' "$1" &
	listener=$!
	until_true 10 [ -S "$1" ] || fail "nobody listens at $1"
}
listen_no_more() {
	kill -KILL "$listener" 2>/dev/null
	wait "$listener" 2>/dev/null
}
