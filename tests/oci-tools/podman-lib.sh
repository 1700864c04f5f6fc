# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of the tests with podman; sourced with the name of an OCI runtime as the script's argument. It is tests/service's,
# the service runs, and podman has its own storage, locks and state. Containers have a directory, $rootfs, instead of an image.
#
# Environment, besides that of tests/service/lib.sh: ACT (tests/containers/act.c), OCI_HOOK, HOOK_FILE (what the package
# installs for the hook).

. "$(dirname "${BASH_SOURCE[0]}")/../service/lib.sh"
rt=$1
[ "$(id -u)" = 0 ] || skip "needs root"
need podman conmon "$rt" busybox
# Where the hierarchies are mixed podman and crun refuse to work: they get a view of those of the first kind.
mountpoint -q /sys/fs/cgroup/unified &&
	exec unshare --mount --propagation private bash -c '
		mount -t tmpfs none /mnt && for at in /sys/fs/cgroup/*; do
			case $at in */unified) continue ;; esac
			if [ -L "$at" ]; then cp -P "$at" /mnt; else mkdir "/mnt/${at##*/}" && mount --bind "$at" "/mnt/${at##*/}"; fi
		done && mount --rbind /mnt /sys/fs/cgroup && umount -l /mnt && exec bash "$@"' - "$0" "$rt"
cgroup=ipcns-podman-$$
service_begin
service_start
socket=$RUNTIME/seccomp.sock store=$E2E_TMP/podman rootfs=$E2E_TMP/rootfs
mkdir -p "$store"/{root,run,tmp,hooks} "$rootfs"/{bin,proc,dev,sys,tmp,etc,run,var}
cp "$(command -v busybox)" "$rootfs/bin/busybox"
cp "$ACT" "$rootfs/bin/act"
for applet in sh ls cat sleep; do ln -s busybox "$rootfs/bin/$applet"; done
cat >"$store/containers.conf" <<-CONF
	[containers]
	default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
	netns = "none"
	log_driver = "k8s-file"
	pids_limit = 0
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	lock_type = "file"
CONF
# runc before 1.5 refuses flags.
flags=
"$rt" features 2>/dev/null | grep -q WAIT_KILLABLE_RECV || [ "$rt" = crun ] || flags=--no-flags
sed "s|\"path\": .*|\"path\": \"$OCI_HOOK\",|; s|\"args\": .*|\"args\": [\"hook\", \"--socket\", \"$socket\"${flags:+, \"$flags\"}, \"precreate\"],|" \
	"$HOOK_FILE" >"$store/hooks/90-ipcnsd.json"

podman() {
	E2E_TAG=$tag CONTAINERS_CONF=$store/containers.conf timeout --foreground -k 5 $((60 * E2E_SLOW)) podman \
		--root "$store/root" --runroot "$store/run" --tmpdir "$store/tmp" --runtime "$rt" --hooks-dir "$store/hooks" \
		--storage-driver vfs "$@"
}
# podman leaves the mount of its storage, and cgroups that it has not made.
podman_leaves() {
	awk -v at="$store/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo | while read -r path; do umount -l "$path"; done
	find -L /sys/fs/cgroup -maxdepth 3 -depth -type d -path "*/$cgroup*" -exec rmdir {} + 2>/dev/null
}
podman_tidy() {
	podman rm --all --force --time 0 >/dev/null 2>&1
	podman_leaves
	service_tidy
}
trap podman_tidy EXIT
# box ARGS...: a container, to its end. hold NAME ARGS...: until it is ready, in the background.
box() { podman run --rm --cgroup-parent "/$cgroup" "${how[@]}" "$@"; }
hold() {
	local name=$1
	shift
	podman run --detach --name "$name" --cgroup-parent "/$cgroup" "${how[@]}" "$@" >/dev/null || fail "$name does not start: $(tail -n 3 "$SERVICE_LOG")"
	until_true 10 is_ready "$name" || fail "$name does not become ready"
}
is_ready() { podman logs "$1" 2>&1 | grep -q ready; }
end() { podman rm --force --time 0 "$1" >/dev/null || fail "$1 is not removed"; }
namespaces() { manager ListNamespaces | grep -o '"[^"]*" [0-9]* "' | cut -d'"' -f2 | sort | tr '\n' ' '; }
namespaces_are() { [ "$(namespaces)" = "$1" ]; }
released() { until_true 10 namespaces_are "" || fail "$1: namespaces are left: $(namespaces)"; }
# podman's usual profile, with the service as its listener. $flags is a word or nothing.
# shellcheck disable=SC2086
"$IPCNSCTL" oci-profile --socket "$socket" $flags --base /usr/share/containers/seccomp.json >"$store/profile" ||
	fail "no profile"

podman_finish() {
	equal "containers" "" "$(podman ps --all --quiet)"
	podman_leaves
	service_finish "$@"
}
