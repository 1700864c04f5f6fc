/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel lets anyone do who owns a user namespace, and saying what it does not. */
#include "tools/rootless.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/user_ns.h"
#include "tools/run.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

int rootless_enter(void)
{
	int r = user_ns_enter();

	if (r == 0)
		return 0;
	say("missing CAP_SYS_ADMIN, and no user namespace can be had instead (%s%s); run it as "
	    "root, "
	    "or with sudo",
	    strerror(-r), user_ns_remedy(r));
	return -1;
}

int rootless_join(int pidfd)
{
	if (setns(pidfd, CLONE_NEWUSER) == 0 && unshare(CLONE_NEWNS) == 0)
		return 0;
	say("cannot enter the user namespace of who serves this namespace: %s", strerror(errno));
	return -1;
}

int rootless_join_peer(int sock)
{
	int pidfd = -1, r;
	socklen_t len = sizeof(pidfd);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) < 0) {
		say("cannot find out who serves this namespace: %s", strerror(errno));
		return -1;
	}
	r = rootless_join(pidfd);
	close(pidfd);
	return r;
}
