# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of every test in this directory; sourced, never run.
#
# A test is one bash file: it sources this, calls `begin`, makes its assertions, and ends with `finish`. Assertions do not end
# the test: what was left behind is looked at in any case.
#
# What holds for each test: every `ipcnsctl` is started through run/run_bg, which put a tag into the environment of all that
# the run consists of; whatever of that is alive at `finish` is a failure, and is killed by its pid. The host's mounts, files
# on tmpfs, IPC objects and abstract sockets must then be what they were at `begin`. Every wait is bounded.
#
# Environment: IPCNSCTL (the program under test), E2E_BIN (directory of the C programs), E2E_SLOW (a factor for time limits,
# for a build with sanitizers), E2E_LONG=1 (the full numbers instead of the quick ones).

set -u
# What "the host" is to a test are namespaces of its own, so that tests that run at the same time do not see what each other
# makes and takes away: mounts, files in /dev/shm and /run (where runtimes of containers keep theirs; their directories, and
# mount's, stay there for ever), IPC objects, abstract sockets.
if [ -z "${E2E_HOST:-}" ] && [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2016
	E2E_HOST=own exec unshare --mount --ipc --net --propagation private \
		sh -c 'mount -t tmpfs -o mode=1777 tmpfs /dev/shm && mount -t tmpfs -o mode=755 tmpfs /run &&
			mkdir /run/mount /run/crun /run/runc /run/lock && exec "$@"' - bash "$0" "$@"
fi
export LC_ALL=C TZ=UTC
unset LD_PRELOAD IPCNS_BACKEND
umask 022

TEST=$(basename "$0")
E2E_SLOW=${E2E_SLOW:-1}
E2E_LONG=${E2E_LONG:-}
tag=ipcns-e2e.$TEST.$$
failures=0
# The front process of the last run_bg.
# shellcheck disable=SC2034 # for the tests
front=

say() { printf '%s\n' "$*"; }

fail() {
	say "FAIL $TEST: $*"
	failures=$((failures + 1))
}

# skip REASON...: ends the test as "could not run here".
skip() {
	say "SKIP $TEST: $*"
	exit 77
}

need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed (scripts/setup --tests)"
	done
}

# equal WHAT EXPECTED GOT
equal() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# want WHAT CMD...: CMD must succeed. refuse WHAT CMD...: it must not.
want() {
	local what=$1
	shift
	"$@" || fail "$what"
}
refuse() {
	local what=$1
	shift
	! "$@" || fail "$what"
}

# lines FILE: how many.
lines() { wc -l <"$1"; }

# until_true SECONDS CMD...: polls; 1 when it never came true. Seconds are stretched by E2E_SLOW.
until_true() {
	local end=$(($(date +%s%N) + $1 * E2E_SLOW * 1000000000))
	shift
	until "$@"; do
		[ "$(date +%s%N)" -lt $end ] || return 1
		sleep 0.02
	done
}

# listening PATH: does somebody take connections there? A socket's file is there earlier than that.
listening() { grep -Eq " 00010000 [0-9]+ [0-9]+ +[0-9]+ $1\$" /proc/net/unix; }

# run ARGS...: `ipcnsctl run ARGS...`, at most LIMIT seconds; the status is the run's, 124 when it took longer.
run() {
	E2E_TAG=$tag timeout --foreground -k 5 $((${LIMIT:-60} * E2E_SLOW)) "$IPCNSCTL" run "$@"
}

# run_bg ARGS...: the same in the background, without a limit (finish ends what is left); leaves $front, its pid. A process
# group of its own, and no ignored SIGINT and SIGQUIT, which a script's background commands otherwise have.
run_bg() {
	set -m
	E2E_TAG=$tag "$IPCNSCTL" run "$@" &
	front=$!
	set +m
}

# Of the processes that carry the run's tag: pids. Zombies have no environment and so do not count.
tagged() { grep -lzsFx "E2E_TAG=$tag" /proc/[0-9]*/environ | cut -d/ -f3; }
none_tagged() { [ -z "$(tagged)" ]; }

# alive PID: it exists and is no zombie.
alive() {
	local state
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
	case $state in '' | Z* | X*) return 1 ;; esac
}
gone() { ! alive "$1"; }

# part FRONT ipcnsd|ipcns-guardian: the pid of that part of a run.
part() { pgrep -P "$1" -x "$2"; }
# command_of FRONT: the pid of the run's command. Only once it was executed does it have a command line of its own.
command_of() {
	local guardian
	guardian=$(part "$1" ipcns-guardian) && pgrep -P "$guardian" | head -n 1
}

# fuse_of PID: the number of the FUSE connection that the process sees at /dev/mqueue.
fuse_of() { sed -n 's/^[0-9]* [0-9]* 0:\([0-9]*\) [^ ]* \/dev\/mqueue .*fuse\.ipcns.*/\1/p' "/proc/$1/mountinfo" | tail -n 1; }

# pids_gone PID...: all of them.
pids_gone() {
	local pid
	for pid; do gone "$pid" || return 1; done
}

# let_go WHAT FUSE PID...: all of these end within 10 s. A program and a daemon that wait for each other inside the kernel
# cannot even be killed: then their FUSE connection is ended, so that a failure does not stay on the machine for ever. (By
# pid, because who is exiting has no environment, and so no tag, any more.)
let_go() {
	local what=$1 fuse=$2 pid left=
	shift 2
	until_true 10 pids_gone "$@" && return
	for pid; do gone "$pid" || left+=" $(cat "/proc/$pid/comm")"; done
	fail "$what: left:$left"
	kill -KILL "$@" 2>/dev/null
	[ -z "$fuse" ] || unshare --mount --propagation private sh -c \
		'mount -t fusectl none "$1" && if [ -e "$1/$2" ]; then echo 1 >"$1/$2/abort"; fi' - "$E2E_TMP/mnt" "$fuse"
	until_true 10 pids_gone "$@" || fail "$what: not even ending the FUSE connection frees them"
	return 1
}

# wait_file FILE [TEXT]: until a file (with that text) is there.
wait_file() {
	until_true 20 grep -qs -- "${2:-}" "$1" || {
		fail "no '${2:-line}' in $(basename "$1") after 20 s: $(tr '\n' ' ' <"$1")"
		return 1
	}
}

# ends WHAT EXPECTED PID [SECONDS]: a child of the script ends within 20 s, with this status as a shell says it.
ends() {
	until_true "${4:-20}" gone "$3" || {
		fail "$1: does not end"
		return
	}
	wait "$3" 2>/dev/null
	equal "$1: status" "$2" $?
}

# left_after SECONDS WHAT: no process of any run since begin is left after that time. Those that are, are freed.
left_after() {
	local pid
	until_true "$1" none_tagged && return
	fail "$2: left: $(for pid in $(tagged); do cat "/proc/$pid/comm"; done | tr '\n' ' ')"
	for pid in $(tagged); do
		kill -CONT "$pid"
		kill -KILL "$pid"
	done 2>/dev/null
	until_true 10 none_tagged
}

# The host's state that a run must not change, sorted, one item a line.
host_state() {
	local family mountpoint
	# Without the leading ids: they are numbers of the moment.
	awk '{ print "mount", $4, $5, $6, $NF }' /proc/self/mountinfo
	for family in msg sem shm; do
		awk -v f=$family 'FNR > 1 { print f, $1, $2 }' /proc/sysvipc/$family
	done
	grep -o '@ipcns/.*' /proc/net/unix | sed 's/^/socket /'
	while read -r mountpoint; do
		# Podman's own stays there for ever. Where /tmp is one, the directories of other tests come and go (mktemp's names).
		find "$mountpoint" -xdev \( -path "$E2E_TMP" -o -name libpod_lock -o -path '/tmp/ipcns-e2e.??????' \
			-o -path '/tmp/ipcns-apps.??????' -o -path '/tmp/tmp.??????????' \) -prune -o -printf 'tmpfs %p\n' 2>/dev/null
	done < <(findmnt -nrt tmpfs -o TARGET)
	[ ! -d /sys/fs/bpf ] || find /sys/fs/bpf -mindepth 1 -printf 'bpf %p\n' 2>/dev/null
	unshare --mount --propagation private bash -c \
		'mount -t mqueue ipcns-test "$1" && ls -A "$1" | sed "s/^/mq /"' - "$E2E_TMP/mnt"
}

# What there is now and was not at begin, as far as it is still there when looked at again later: others use this host too.
nothing_new() {
	host_state | sort >"$E2E_TMP/now"
	comm -13 "$E2E_TMP/before" "$E2E_TMP/now" >"$E2E_TMP/new"
	if [ -e "$E2E_TMP/suspects" ]; then
		comm -12 "$E2E_TMP/suspects" "$E2E_TMP/new" >"$E2E_TMP/still"
		mv "$E2E_TMP/still" "$E2E_TMP/suspects"
	else
		mv "$E2E_TMP/new" "$E2E_TMP/suspects"
	fi
	[ ! -s "$E2E_TMP/suspects" ]
}

# nothing_left WHAT: no process of any run since begin, and the host's state is what it was; within 10 s.
nothing_left() {
	local pid
	if ! until_true 10 none_tagged; then
		fail "$1: processes are left:"
		for pid in $(tagged); do
			say "  $pid $(cat "/proc/$pid/comm") $(tr '\0' ' ' <"/proc/$pid/cmdline")"
			kill -KILL "$pid" 2>/dev/null
		done
	fi
	rm -f "$E2E_TMP/suspects"
	if ! until_true 10 nothing_new; then
		fail "$1: the host is not what it was; new:"
		sed 's/^/  /' "$E2E_TMP/suspects"
	fi
}

e2e_tidy() {
	local pid
	for pid in $(tagged); do kill -KILL "$pid" 2>/dev/null; done
	rm -rf "$E2E_TMP"
}

begin() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	need unshare setpriv timeout awk pgrep findmnt ipcs ipcmk
	[ -n "${IPCNSCTL:-}" ] || skip "IPCNSCTL does not name the ipcnsctl to test"
	[ -x "$IPCNSCTL" ] || {
		fail "$IPCNSCTL cannot be run"
		exit 1
	}
	E2E_TMP=$(mktemp -d "${TMPDIR:-/tmp}/ipcns-e2e.XXXXXX") || exit 1
	chmod 755 "$E2E_TMP"
	mkdir "$E2E_TMP/mnt"
	trap e2e_tidy EXIT
	trap 'exit 1' INT TERM HUP
	host_state | sort >"$E2E_TMP/before"
}

finish() {
	nothing_left "at the end"
	[ $failures -eq 0 ] || exit 1
	say "ok $TEST${*:+: $*}"
	exit 0
}
