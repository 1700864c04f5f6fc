# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The frame of every test in this directory; sourced, never run. It is tests/e2e's frame, and on top of it a private
# dbus-daemon and an ipcnsd that uses it: neither systemd nor the system bus is needed, nor touched.
#
# Environment, besides that of tests/e2e/lib.sh: IPCNSD (the service under test), SERVICE_BIN (directory of the C programs).

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

# service_begin: as begin, and the bus runs.
service_begin() {
	begin
	need dbus-daemon busctl
	[ -x "${IPCNSD:-}" ] || skip "IPCNSD does not name the ipcnsd to test"
	RUNTIME=$E2E_TMP/run
	BUS=unix:path=$E2E_TMP/bus
	SERVICE_LOG=$E2E_TMP/service.log
	service= dbus=
	trap service_tidy EXIT
	bus_start
}

service_tidy() {
	[ -z "$service" ] || kill -KILL "$service" 2>/dev/null
	[ -z "$dbus" ] || kill -KILL "$dbus" 2>/dev/null
	umount -l "$RUNTIME/state" 2>/dev/null
	e2e_tidy
}

# The bus lets everybody do everything: whom the service refuses, it refuses itself. A test can have another bus_config.
bus_config() {
	cat <<-XML
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		<type>custom</type>
		<listen>$BUS</listen>
		<auth>EXTERNAL</auth>
		<policy context="default">
		<allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="false"/><allow receive_sender="*"/>
		</policy>
		</busconfig>
	XML
}
bus_start() {
	bus_config >"$E2E_TMP/bus.conf"
	rm -f "$E2E_TMP/bus"
	E2E_TAG=$tag dbus-daemon --config-file="$E2E_TMP/bus.conf" --nofork --nopidfile >"$E2E_TMP/dbus.log" 2>&1 &
	dbus=$!
	until_true 10 listening "$E2E_TMP/bus" || fail "the private bus does not start: $(cat "$E2E_TMP/dbus.log")"
}

bus_stop() {
	kill "$dbus" && wait "$dbus" 2>/dev/null
	dbus=
}

# service_start ARGS...: until it is ready.
service_start() {
	: >"$SERVICE_LOG"
	E2E_TAG=$tag "$IPCNSD" --bus "$BUS" --runtime-dir "$RUNTIME" "$@" >>"$SERVICE_LOG" 2>&1 &
	service=$!
	until_true 20 service_ready || fail "the service does not start: $(cat "$SERVICE_LOG")"
}
service_ready() { grep -q 'is ready' "$SERVICE_LOG" || gone "$service"; }

# service_stop: it must end with status 0 and leave its directory empty.
service_stop() {
	kill -TERM "$service"
	ends "ipcnsd at SIGTERM" 0 "$service"
	service=
	equal "what the service leaves" "" "$(find "$RUNTIME/state" -mindepth 1 2>/dev/null)"
	refuse "the state's tmpfs is still mounted" findmnt -n "$RUNTIME/state"
}

service_finish() {
	[ -z "$service" ] || service_stop
	[ -z "$dbus" ] || bus_stop
	finish "$@"
}

# ctl ARGS...: ipcnsctl, at most 30 s.
ctl() { E2E_TAG=$tag timeout --foreground -k 5 $((30 * E2E_SLOW)) "$IPCNSCTL" --bus "$BUS" "$@"; }
# bg_exec NS CMD...: leaves $front.
bg_exec() {
	set -m
	E2E_TAG=$tag "$IPCNSCTL" --bus "$BUS" exec "$@" &
	front=$!
	set +m
}

# manager METHOD ARGS... / namespace NAME METHOD ARGS...: by busctl.
bus_call() { timeout 30 busctl --address="$BUS" call org.ipcnsd "$@"; }
manager() { bus_call /org/ipcnsd org.ipcnsd.Manager1 "$@"; }
namespace() {
	local ns=$1
	shift
	bus_call "/org/ipcnsd/ns/$ns" org.ipcnsd.Namespace1 "$@"
}
property() { timeout 30 busctl --address="$BUS" get-property org.ipcnsd "/org/ipcnsd/ns/$1" org.ipcnsd.Namespace1 "$2"; }
# entry NAME PROPERTY KEY: of an a{st}.
entry() { property "$1" "$2" | tr ' ' '\n' | grep -A1 -Fx "\"$3\"" | tail -n 1; }

# error NAME WHAT CMD...: the call must fail with org.ipcnsd.Error.NAME (or NAME itself, if it has a dot). busctl only tells
# the text, so it is called with --verbose of gdbus' kind: the reply's name is read by a small program.
error() {
	local expected=$1 what=$2 got
	shift 2
	case $expected in *.*) ;; *) expected=org.ipcnsd.Error.$expected ;; esac
	got=$(timeout 30 "$SERVICE_BIN/bus-error" "$BUS" "$@" 2>&1)
	equal "$what: error" "$expected" "${got%% *}"
}

# parked NS COUNT: the calls that wait there.
parked() { [ "$(entry "$1" Usage parked_calls)" = "$2" ]; }
