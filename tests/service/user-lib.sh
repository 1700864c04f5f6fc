# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# An ordinary user for tests of the user's service; sourced after lib.sh. The user exists in this test's mount namespace only,
# by copies of the files in /etc; /dev/fuse is everybody's there, as udev makes it.

USER_ID=54321 OTHER_ID=54322

# user_begin: after service_begin. Leaves $USER_HOME and $USER_RUNTIME, and copies of the programs where the user reaches them.
user_begin() {
	local f
	need setpriv mknod
	USER_HOME=$E2E_TMP/home USER_RUNTIME=$E2E_TMP/run-user USER_MOUNTS=()
	install -d -o $USER_ID -g $USER_ID -m 700 "$USER_HOME" "$USER_RUNTIME"
	mknod -m 666 "$E2E_TMP/fuse" c 10 229
	user_mount --bind "$E2E_TMP/fuse" /dev/fuse
	user_mount -t tmpfs -o "mode=700,uid=$USER_ID,gid=$USER_ID" tmpfs "$USER_RUNTIME"
	for f in passwd group subuid subgid; do
		[ -e "/etc/$f" ] || skip "no /etc/$f"
		cp "/etc/$f" "$E2E_TMP/etc.$f"
	done
	# (The bus keeps out who has no name.)
	printf 'ipcns-%s:x:%s:%s::%s:/bin/sh\n' test $USER_ID $USER_ID "$USER_HOME" other $OTHER_ID $OTHER_ID / >>"$E2E_TMP/etc.passwd"
	printf 'ipcns-%s:x:%s:\n' test $USER_ID other $OTHER_ID >>"$E2E_TMP/etc.group"
	echo "ipcns-test:100000:65536" | tee -a "$E2E_TMP/etc.subuid" >>"$E2E_TMP/etc.subgid"
	for f in passwd group subuid subgid; do user_mount --bind "$E2E_TMP/etc.$f" "/etc/$f"; done
	install -m 755 "$IPCNSCTL" "$E2E_TMP/ipcnsctl"
	install -m 755 "$IPCNSD" "$E2E_TMP/ipcnsd"
	as $USER_ID unshare --user --map-current-user true 2>/dev/null || skip "no user namespaces for users here"
}
user_mount() { mount "$@" && USER_MOUNTS+=("${!#}"); }

# user_tidy: before the frame looks at what is left.
user_tidy() {
	local at
	for at in ${USER_MOUNTS[@]+"${USER_MOUNTS[@]}"}; do umount -l "$at"; done
	USER_MOUNTS=()
}

# as UID CMD...: as that user, in a session of his.
as() {
	local uid=$1
	shift
	E2E_TAG=$tag timeout --foreground -k 5 $((60 * E2E_SLOW)) setpriv --reuid "$uid" --regid "$uid" --clear-groups \
		--inh-caps=-all env -u XDG_CONFIG_HOME HOME="$USER_HOME" XDG_RUNTIME_DIR="$USER_RUNTIME" \
		DBUS_SESSION_BUS_ADDRESS="$BUS" "$@"
}
# user_ctl ARGS...: ipcnsctl --user.
user_ctl() { as $USER_ID "$E2E_TMP/ipcnsctl" --user "$@"; }

# user_service_start [CMD...]: the user's service, by that command that runs what it is given.
user_service_start() {
	: >"$SERVICE_LOG"
	rm -f "$USER_HOME/pid"
	# shellcheck disable=SC2016
	E2E_TAG=$tag setpriv --reuid $USER_ID --regid $USER_ID --clear-groups --inh-caps=-all \
		env -u XDG_CONFIG_HOME HOME="$USER_HOME" XDG_RUNTIME_DIR="$USER_RUNTIME" DBUS_SESSION_BUS_ADDRESS="$BUS" "$@" \
		sh -c 'echo $$ >"$HOME/pid" && exec "$@"' - "$E2E_TMP/ipcnsd" --user >>"$SERVICE_LOG" 2>&1 &
	service_job=$!
	service=$service_job
	until_true 20 service_ready || fail "the user's service does not start: $(cat "$SERVICE_LOG")"
	service=$(cat "$USER_HOME/pid" 2>/dev/null)
	RUNTIME=$USER_RUNTIME/ipcnsd
}

# user_service_stop: it must end with status 0 and leave no state.
user_service_stop() {
	kill -TERM "$service"
	ends "the user's ipcnsd at SIGTERM" 0 "$service_job"
	service=
	equal "what the service leaves" "" "$(find "$RUNTIME" -mindepth 1 ! -name state 2>/dev/null)"
	equal "the state that it leaves" "" "$(find "$RUNTIME/state" -mindepth 1 2>/dev/null)"
}
