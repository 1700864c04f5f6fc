# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of every test in this directory; sourced, never run. It is that of tests/service, and on top of it containers:
# bundles with a busybox and tests/containers/act.c in them, run by crun or runc.
#
# Environment, besides that of tests/service/lib.sh: ACT (the program), RUNTIMES (which of crun and runc to use).

. "$(dirname "${BASH_SOURCE[0]}")/../service/lib.sh"

# All that ipcnsctl's filter stops, shmdt, and the two by which a program comes to run. (As `ipcnsctl oci-profile` writes it.)
NOTIFIED="msgget msgsnd msgrcv msgctl semget semop semtimedop semctl shmget shmat shmdt shmctl mq_open mq_unlink mq_timedsend
	mq_timedreceive mq_notify mq_getsetattr ipc semtimedop_time64 mq_timedsend_time64 mq_timedreceive_time64 execve execveat"
KILLABLE=SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

# containers_begin RUNTIME [podman]: leaves $rt, its name.
containers_begin() {
	rt=$1
	[ "$(id -u)" = 0 ] || skip "needs root"
	need "$rt" busybox python3 ${2:+"$2"}
	# Where the hierarchies are mixed crun and podman refuse to work: they get a view of one kind. (podman wants the
	# controllers, which the first kind has then. Where the other was, crun makes directories: not on the host's tmpfs.)
	if mountpoint -q /sys/fs/cgroup/unified; then
		case ${2:-$rt} in
		podman) in_view 'umount /sys/fs/cgroup/unified && mount -t ramfs none /sys/fs/cgroup/unified' "$rt" ;;
		crun) in_view 'umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup' "$rt" ;;
		esac
	fi
	service_begin
	containers=()
	trap containers_tidy EXIT
}

# in_view MOUNTS ARG...: this test anew, in a mount namespace where they were made.
in_view() {
	[ -z "${IPCNS_IN_VIEW:-}" ] || return
	IPCNS_IN_VIEW=1 exec unshare --mount --propagation private sh -c "$1"' && shift && exec bash "$@"' - "$1" "$0" "${@:2}"
}

containers_tidy() {
	local c
	for c in ${containers[@]+"${containers[@]}"}; do container delete --force "$c" >/dev/null 2>&1; done
	service_tidy
}

# container ARGS...: the runtime.
container() { E2E_TAG=$tag timeout --foreground -k 5 $((30 * E2E_SLOW)) "$rt" --root "$E2E_TMP/runtime" "$@"; }

# bundle NAME ARG...: its files and configuration, for `start`, from these variables if they are set:
#	metadata, annotation	of the namespace
#	flags			of the filter
#	ipc			none: the host's kernel IPC namespace; a path: that one
#	userns			1: a user namespace of its own, from id 100000
#	readonly		1: the root file system
#	mqueue			0: no /dev/mqueue
#	fuse			1: a /dev/fuse
#	socket			instead of the service's
bundle() {
	local dir=$E2E_TMP/bundle.$1
	mkdir -p "$dir"/rootfs/{bin,proc,dev,sys,tmp,etc}
	cp "$(command -v busybox)" "$dir/rootfs/bin/busybox"
	cp "$ACT" "$dir/rootfs/bin/act"
	for applet in sh ls cat sleep umount mount id; do ln -sf busybox "$dir/rootfs/bin/$applet"; done
	# Debian's busybox has none.
	ldd "$(command -v ipcs)" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$dir/rootfs$(dirname "$library")" && cp "$library" "$dir/rootfs$library"
	done
	cp "$(command -v ipcs)" "$dir/rootfs/bin/ipcs"
	[ -z "${userns:-}" ] || chown -R 100000:100000 "$dir/rootfs"
	# A control group of this test's: runtimes name it by the container, and end all that are in it.
	local cgroup=/${E2E_TMP##*/}.$1
	shift
	CGROUP=$cgroup NOTIFIED=$NOTIFIED SOCKET=${socket:-$RUNTIME/seccomp.sock} METADATA=${metadata:-} ANNOTATION=${annotation:-} \
		FLAGS=${flags:-} IPC=${ipc:-} USERNS=${userns:-} READONLY=${readonly:-} MQUEUE=${mqueue:-1} FUSE=${fuse:-} \
		python3 - "$@" >"$dir/config.json" <<-'PYTHON'
			import json, os, sys
			e = os.environ
			caps = ["CAP_" + c for c in "CHOWN DAC_OVERRIDE FOWNER KILL SETUID SETGID SYS_ADMIN IPC_OWNER".split()]
			namespaces = [{"type": t} for t in ("pid", "mount", "uts")]
			if e["IPC"] != "none":
			    namespaces.append({"type": "ipc", **({"path": e["IPC"]} if e["IPC"] else {})})
			linux = {"namespaces": namespaces, "readonlyPaths": ["/proc/sys"], "cgroupsPath": e["CGROUP"]}
			if e["USERNS"]:
			    namespaces.append({"type": "user"})
			    linux["uidMappings"] = linux["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
			linux["seccomp"] = {
			    "defaultAction": "SCMP_ACT_ALLOW",
			    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
			    "listenerPath": e["SOCKET"],
			    "syscalls": [{"names": e["NOTIFIED"].split(), "action": "SCMP_ACT_NOTIFY"}],
			}
			if e["FUSE"]:
			    linux["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438}]
			    linux["resources"] = {"devices": [{"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}
			if e["METADATA"]:
			    linux["seccomp"]["listenerMetadata"] = e["METADATA"]
			if e["FLAGS"]:
			    linux["seccomp"]["flags"] = e["FLAGS"].split()
			mounts = [
			    {"destination": "/proc", "type": "proc", "source": "proc"},
			    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
			]
			if e["MQUEUE"] == "1" and e["IPC"] != "none":
			    mounts.append({"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
			                   "options": ["nosuid", "noexec", "nodev"]})
			config = {
			    "ociVersion": "1.0.2",
			    "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": sys.argv[1:], "cwd": "/",
			                "env": ["PATH=/bin"], "noNewPrivileges": True,
			                "capabilities": {k: caps for k in ("bounding", "effective", "permitted")}},
			    "root": {"path": "rootfs", "readonly": bool(e["READONLY"])},
			    "hostname": "box", "mounts": mounts, "linux": linux,
			}
			if e["ANNOTATION"]:
			    config["annotations"] = {"org.ipcnsd.namespace": e["ANNOTATION"]}
			print(json.dumps(config))
		PYTHON
}

# once NAME: runs it to its end.
once() {
	local status
	container run --bundle "$E2E_TMP/bundle.$1" "$1"
	status=$?
	container delete --force "$1" >/dev/null 2>&1
	return $status
}

# start NAME [TEXT]: in the background, until it says TEXT. Its output is $E2E_TMP/NAME.out.
start() {
	containers+=("$1")
	: >"$E2E_TMP/$1.out"
	container run --detach --pid-file "$E2E_TMP/$1.pid" --bundle "$E2E_TMP/bundle.$1" "$1" \
		</dev/null >>"$E2E_TMP/$1.out" 2>&1 || fail "$1 does not start: $(cat "$E2E_TMP/$1.out"); $(tail -n 3 "$SERVICE_LOG")"
	wait_file "$E2E_TMP/$1.out" "${2:-ready}"
}
inside() { container exec "$@"; }
stop() {
	container kill "$1" KILL
	until_true 10 gone "$(cat "$E2E_TMP/$1.pid")" || fail "$1 does not end"
	want "delete $1" container delete --force "$1"
}

namespaces() { manager ListNamespaces | grep -o '"[^"]*" [0-9]* "' | cut -d'"' -f2 | sort | tr '\n' ' '; }
namespaces_are() { [ "$(namespaces)" = "$1" ]; }
released() {
	until_true 10 namespaces_are "" || fail "$1: namespaces are left: $(namespaces)"
	until_true 10 no_state || fail "$1: state is left: $(ls "$RUNTIME/state")"
}
no_state() { [ -z "$(ls "$RUNTIME/state")" ]; }
# logged WHAT TEXT / unlogged WHAT TEXT
logged() { until_true 5 grep -q -- "$2" "$SERVICE_LOG" || fail "$1: '$2' is not in the log: $(tail -n 5 "$SERVICE_LOG")"; }
# says WHAT TEXT [TIMES [NS]]: the log has a line that names namespace NS ("bad") and one of its processes (and what that is called,
# if it is still there), and goes on with TEXT; and not more such lines than TIMES (4).
says() {
	local lines
	until_true 15 grep -q -- "^ipcnsd: ${4:-bad}: process [0-9]*\( ([^)]*)\)\?: $2" "$SERVICE_LOG" ||
		fail "$1: the log does not say '$2': $(tail -n 5 "$SERVICE_LOG")"
	lines=$(grep -c -- "^ipcnsd: ${4:-bad}: .*$2" "$SERVICE_LOG")
	[ "$lines" -le "${3:-4}" ] || fail "$1: the log says '$2' $lines times"
}
unlogged() { ! grep -q -- "$2" "$SERVICE_LOG" || fail "$1: the log says: $(grep -- "$2" "$SERVICE_LOG")"; }
