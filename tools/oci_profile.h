/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seccomp profiles for container runtimes that send a namespace's calls to ipcnsd.
 *
 * Two formats: that of the runtime-spec (linux.seccomp of config.json; containerd reads it for a
 * profile, too), and that of Docker, podman and CRI-O, which has conditions besides ("includes",
 * "excludes", "archMap") that they resolve for each container. The first is valid as the second.
 *
 * Pure functions on JSON: ipcnsctl oci-profile and ipcns-oci-hook call them, and the unit tests.
 */
#ifndef TOOLS_OCI_PROFILE_H
#define TOOLS_OCI_PROFILE_H

#include "tools/oci_json.h"
#include "tools/oci_socket.h"

/**
 * struct oci_listener - to whom the calls go.
 * @metadata: what the service is told about the container ("namespace=NAME"), instead of what the
 *            profile says; NULL: the profile's own stays.
 * @killable: ask for SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, without which an answer can be lost when
 *            a signal comes at the same moment. crun 1.7 and runc 1.5 know it; older ones refuse a
 *            profile with any flag they do not know.
 * @keeps_ours: a profile whose listener is a service of ours already, be it another one than @path,
 *              keeps it, and its flags: who wrote it knew for which runtime.
 */
struct oci_listener {
	const char *path, *metadata;
	bool killable;
	bool keeps_ours;
};

/** oci_profile_permissive() - a profile that allows everything on this machine's architectures, which
 * is what a container without one has. Reference: the caller's. */
json_object *oci_profile_permissive(void);

/**
 * oci_profile_merge() - what @profile allows of the calls of a namespace, and of execve(2), becomes a
 * notification to @l; all else stays as it is.
 *
 * What is denied stays denied, what is allowed under conditions is notified under the same ones: the
 * service decides only about calls that got through the profile before. To merge twice changes
 * nothing. No architecture is added.
 *
 * Return: 0; -EINVAL: no profile; -EBUSY: it has another listener, and the kernel allows one;
 * -EOPNOTSUPP: it allows a call but for cases that take more than one condition, so that the rest
 * cannot be written as rules. On failure @profile is half done, to be thrown away.
 */
int oci_profile_merge(json_object *profile, const struct oci_listener *l, struct oci_error *e);

/**
 * oci_profile_unlogged() - the calls that @profile, as it is before the merge, allows and has the
 * kernel log (SCMP_ACT_LOG, by a rule or by default), and that are to be notified: of what a filter asks
 * for the kernel does one thing only, so they are logged no more.
 * @names: their names, with blanks between, cut where they are too many. Return: how many they are.
 */
size_t oci_profile_unlogged(json_object *profile, char *names, size_t size);

/**
 * oci_profile_resolve() - from the format of Docker to that of the runtime-spec, for a container on
 * this machine with the capabilities @caps (names such as "CAP_KILL"; ends with NULL). Nothing changes
 * where it is that already. Return: 0 or -EINVAL; @profile as above.
 */
int oci_profile_resolve(json_object *profile, const char *const *caps, struct oci_error *e);

/** oci_profile_default_caps - what Docker and containerd give a container; podman gives less. */
extern const char *const oci_profile_default_caps[];

#endif
