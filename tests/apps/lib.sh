# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of every test in this directory; sourced, never run.
#
# A test is one bash file that defines
#	workload	what a user would do with the application; speaks on stdout and stderr
#	verify FILE	judges one transcript by itself, through want/reject (an application that fails the same way on
#			both sides must not pass)
#	normalise	optional filter stdin -> stdout: takes out what differs between any two native runs too
# and ends with `apps_main "$@"`. apps_main starts the same file again, once natively (a fresh kernel IPC namespace with an
# mqueue mount of its own) and once under `$IPCNSCTL run`, with --workload, and compares text and exit status.
#
# What holds for each run: $WORK is a fresh directory that every user may write; it is gone afterwards. No process that the
# run started outlives it by more than a moment, and the host's own IPC objects stay what they were. Both are checked.
#
# Environment: IPCNSCTL (the program under test), NATIVE_ONLY=1 (run the native side twice; for work on the tests
# themselves), APPS_RUN (options of the run), APPS_KEEP=1 (leave the transcripts).

set -u

# shellcheck disable=SC2034 # for the tests that have files beside them
APPS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
APPS_SELF=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
APPS_NAME=$(basename "$0")
# Seconds for one side. Above it the run is killed and the test fails.
APPS_LIMIT=${APPS_LIMIT:-120}

export LC_ALL=C TZ=UTC PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# What the caller has set for its own programs is not for the ones under test.
unset LD_PRELOAD LD_LIBRARY_PATH PERL5LIB PERL5OPT PYTHONPATH PYTHONHOME PYTHONUNBUFFERED
umask 022

say() { printf '%s\n' "$*"; }

# skip REASON...: ends the test as "could not run here".
skip() {
	say "SKIP $APPS_NAME: $*"
	exit 77
}

# need PROGRAM...: each must be in the PATH (or be a path).
need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed (scripts/setup --tests)"
	done
}

# want FILE REGEX WHAT: a line of FILE must match the extended regular expression.
want() {
	grep -Eq -- "$2" "$1" || apps_fail "$3: no line matches /$2/"
}

# reject FILE REGEX WHAT: no line may.
reject() {
	if grep -En -- "$2" "$1"; then apps_fail "$3: the line above matches /$2/"; fi
}

# as_nobody CMD...: an unprivileged user, so that permission checks mean something. For workloads. The words are for whoever
# needs one process, not a function (of which the shell would make two).
AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
as_nobody() { "${AS_NOBODY[@]}" "$@"; }

# objects: the SysV objects of the namespace that the caller is in, as "family key id", one a line.
objects() {
	local family
	for family in msg sem shm; do
		awk -v f="$family" 'FNR > 1 { print f, $1, $2 }' "/proc/sysvipc/$family"
	done
}

# until_true SECONDS CMD...: polls; 1 when it never came true.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

no_objects() { [ -z "$(objects)" ]; }

# left_over: what the workload's end should find: nothing, at once or very soon (daemons such as faked remove theirs on
# the SIGTERM that their starter does not wait for). For workloads, as their last line.
left_over() {
	until_true 10 no_objects || { say "objects left:"; objects; }
	say "message queues left: $(ls -A /dev/mqueue | wc -l)"
}

# ---------------------------------------------------------------------------------------------------------------------
# From here on: the harness side.

apps_failures=0

apps_fail() {
	say "FAIL $APPS_NAME: $*"
	apps_failures=$((apps_failures + 1))
}

# The host's objects with the host's queue names. The mqueue mount is made in a throw-away mount namespace: the host may
# have none, and shall have none because of a test.
apps_host_objects() {
	objects
	unshare --mount --propagation private bash -c \
		'mount -t mqueue ipcns-test "$1" && ls -A "$1" | sed "s/^/mq /"' - "$APPS_MNT"
}

apps_host_as_before() { [ "$(apps_host_objects)" = "$1" ]; }

# Every process of a run carries the run's tag in its environment from its exec on.
apps_tagged() { grep -lzsx "APPS_TAG=$1" /proc/[0-9]*/environ | cut -d/ -f3; }
apps_none_tagged() { [ -z "$(apps_tagged "$1")" ]; }

apps_native() {
	unshare --ipc --mount --propagation private bash -c '
		mkdir -p /dev/mqueue && mount -t mqueue mqueue /dev/mqueue || exit 125
		exec "$@"' - "$@"
}

apps_confined() {
	if [ -n "${NATIVE_ONLY:-}" ]; then
		apps_native "$@"
	else
		# shellcheck disable=SC2086 # none, or some
		"$IPCNSCTL" run ${APPS_RUN:-} -- "$@"
	fi
}

# apps_side native|confined: runs the workload; leaves $APPS_TMP/SIDE.raw and $APPS_TMP/SIDE.
apps_side() {
	local side=$1 raw=$APPS_TMP/$1.raw tag=$APPS_NAME.$1.$$ before status pid
	mkdir -m 1777 "$APPS_TMP/work"
	chmod 1777 "$APPS_TMP/work"
	before=$(apps_host_objects)
	# Functions are exported so that timeout, which can only exec, may run them.
	export -f apps_native apps_confined
	WORK=$APPS_TMP/work APPS_TAG=$tag timeout -k 5 "$APPS_LIMIT" bash -c '"$@"' - \
		"apps_$side" bash "$APPS_SELF" --workload </dev/null >"$raw" 2>&1
	status=$?
	say "exit status: $status" >>"$raw"
	[ $status -ne 124 ] && [ $status -ne 137 ] || apps_fail "$side: not done after $APPS_LIMIT s"

	if ! until_true 5 apps_none_tagged "$tag"; then
		apps_fail "$side: processes left:"
		for pid in $(apps_tagged "$tag"); do
			say "  $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
			kill -KILL "$pid"
		done
	fi
	if ! until_true 5 apps_host_as_before "$before"; then
		apps_fail "$side: the host's IPC objects are not what they were:"
		diff <(say "$before") <(apps_host_objects)
	fi
	rm -rf "$APPS_TMP/work"
	normalise <"$raw" >"$APPS_TMP/$side"
}

declare -F normalise >/dev/null || normalise() { cat; }

apps_main() {
	if [ "${1:-}" = --workload ]; then
		# The directory of the caller may be closed to the users that workloads become.
		cd "$WORK" || exit 125
		export HOME=$WORK
		workload
		exit
	fi

	local side before_failures
	[ "$(id -u)" = 0 ] || skip "needs root (the native side makes namespaces)"
	need unshare setpriv timeout awk
	unshare --ipc --mount --propagation private true 2>/dev/null || skip "unshare(CLONE_NEWIPC) is not permitted here"
	# What "the host" is to a test are namespaces of its own, so that it is nothing to it what others make meanwhile.
	if [ -z "${APPS_HOST:-}" ]; then
		# shellcheck disable=SC2016
		APPS_HOST=own exec unshare --ipc --mount --propagation private \
			sh -c 'mount -t tmpfs -o mode=1777 tmpfs /dev/shm; exec "$@"' - bash "$APPS_SELF" "$@"
	fi
	if [ -z "${NATIVE_ONLY:-}" ]; then
		[ -n "${IPCNSCTL:-}" ] || skip "IPCNSCTL does not name the ipcnsctl to test"
		[ -x "$IPCNSCTL" ] || { apps_fail "$IPCNSCTL cannot be run"; exit 1; }
	fi
	export IPCNSCTL

	APPS_TMP=$(mktemp -d "${TMPDIR:-/tmp}/ipcns-apps.XXXXXX") || exit 1
	chmod 755 "$APPS_TMP"
	APPS_MNT=$APPS_TMP/mnt
	mkdir "$APPS_MNT"
	if [ -n "${APPS_KEEP:-}" ]; then say "transcripts in $APPS_TMP"; else trap 'rm -rf "$APPS_TMP"' EXIT; fi

	for side in native confined; do
		apps_side $side
		before_failures=$apps_failures
		verify "$APPS_TMP/$side"
		if [ $apps_failures -ne $before_failures ]; then
			say "--- the $side transcript as it came:"
			cat "$APPS_TMP/$side.raw"
		fi
	done
	diff -u --label native --label confined "$APPS_TMP/native" "$APPS_TMP/confined" || apps_fail "the two sides differ"

	[ $apps_failures -eq 0 ] || exit 1
	say "ok $APPS_NAME: $(wc -l <"$APPS_TMP/native") lines, the same natively and confined"
	exit 0
}
