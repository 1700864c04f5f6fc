/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet with descriptors asks; the child that is forked for it answers on the last of them. */
#include "daemon/mounter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/clean_process.h"
#include "daemon/fd_packet.h"
#include "fuse/mount.h"
#include "fuse/views.h"

#define CHILD_S 5 /* what a child gets: a machine may be busy, and a container's FUSE slow */
#define REPLY_MS 6000

enum { FD_MNT_NS, FD_IPC_NS, FD_MOUNT, FD_REPLY, NFDS };

struct mounter {
	pid_t pid;
	int sock;
};

/* ---- the child: one namespace's views into one mount namespace ---- */

struct job {
	int proc;		       /* /proc/self of home */
	int root;		       /* of the container */
	uint32_t dev_major, dev_minor; /* of the superblock */
	uint64_t known_mount;	       /* what was found out last by look_up() */
	bool known_shared, known_ours;
	struct mounted out;
};

/* What mountinfo says of mount number @id. */
static void look_up(struct job *j, uint64_t id)
{
	static const char ours[] = " - fuse." IPCNS_FUSE_SUBTYPE " ";
	unsigned long long found;
	char *line = NULL, *dash, *tag;
	size_t size = 0;
	int fd;

	if (id == j->known_mount)
		return;
	fd = openat(j->proc, "mountinfo", O_RDONLY | O_CLOEXEC);

	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	/* Not to be found out: then rather not. */
	j->known_shared = true;
	j->known_ours = false;
	while (f && getline(&line, &size, f) > 0) {
		if (sscanf(line, "%llu", &found) != 1 || found != id)
			continue;
		dash = strstr(line, " - ");
		tag = strstr(line, " shared:");
		j->known_shared = !dash || (tag && tag < dash);
		j->known_ours = dash && strncmp(dash, ours, sizeof(ours) - 1) == 0;
		break;
	}
	free(line);
	if (f)
		fclose(f);
	j->known_mount = id;
}

/* Does what is mounted onto mount number @id appear elsewhere, too? The optional fields tell. */
static bool is_shared(struct job *j, uint64_t id)
{
	look_up(j, id);
	return j->known_shared;
}

/*
 * Name by name, none of which may be a link. (openat2(2) would do it in one, but systemd's
 * RestrictSUIDSGID= takes that away, since its flags cannot be looked at by a filter.)
 */
static int open_place(const struct job *j, const struct ipcns_view *v)
{
	char path[sizeof(v->path)], *rest = path, *name;
	int at = j->root, fd = -ENOENT;

	memcpy(path, v->path, sizeof(path));
	while ((name = strsep(&rest, "/"))) {
		fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (rest ? O_DIRECTORY : 0));
		if (fd < 0)
			fd = -errno;
		if (at != j->root)
			close(at);
		if (fd < 0)
			break;
		at = fd;
	}
	return fd;
}

/* Is it of the superblock whose views are to be put there? */
static bool is_ours(const struct job *j, const struct statx *sx)
{
	return sx->stx_dev_major == j->dev_major && sx->stx_dev_minor == j->dev_minor;
}

/* Is the place of the kind that natively has what the view shows? */
static bool fits(int place, const struct ipcns_view *v, const struct statx *sx)
{
	struct statfs fs;

	if (!v->proc)
		return S_ISDIR(sx->stx_mode);
	return S_ISREG(sx->stx_mode) && fstatfs(place, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Containers have /proc/sys read-only; what is mounted over it must not be a way around that. */
static int as_writable_as(int place, int tree)
{
	struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	struct statfs fs;

	if (fstatfs(place, &fs) < 0)
		return -errno;
	if (!(fs.f_flags & ST_RDONLY))
		return 0;
	return mount_setattr(tree, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0 ? -errno : 0;
}

static int put(struct job *j, const struct ipcns_view *v, int tree, int place)
{
	struct statx sx;

	if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &sx) <
	    0)
		return -errno;
	if (is_ours(j, &sx)) {
		j->out.there++;
		return 0;
	}
	if (!fits(place, v, &sx)) {
		j->out.absent++;
		return 0;
	}
	if (is_shared(j, sx.stx_mnt_id)) {
		j->out.shared++;
		return 0;
	}
	int r = as_writable_as(place, tree);

	if (r == 0 &&
	    move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		r = -errno;
	if (r == 0)
		j->out.fresh++;
	return r;
}

/*
 * A view of a namespace that has ended while its container goes on, which happens when the service ended:
 * whoever asks it anything gets ENOTCONN, and so would the programs of an exec.
 */
static bool is_dead(struct job *j, int place)
{
	struct statx sx;
	struct statfs fs;

	if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &sx) < 0 ||
	    is_ours(j, &sx))
		return false;
	/* Looked up first: what else is there may be a file system whose answer takes as long as it likes. */
	look_up(j, sx.stx_mnt_id);
	return j->known_ours && fstatfs(place, &fs) < 0 && errno == ENOTCONN;
}

/* umount2(2) takes no descriptor; but home's /proc names it, and the link leads to that very mount. */
static int detach(const struct job *j, int place)
{
	char link[24];

	snprintf(link, sizeof(link), "fd/%d", place);
	if (fchdir(j->proc) < 0 || umount2(link, MNT_DETACH) < 0)
		return -errno;
	return 0;
}

#define LAYERS_MAX 8 /* nobody but the container can have stacked them */

/* As open_place(), of what is below the dead ones, which are gone then. */
static int open_living(struct job *j, const struct ipcns_view *v)
{
	int place = open_place(j, v), r;

	for (int i = 0; i < LAYERS_MAX && place >= 0 && is_dead(j, place); i++) {
		r = detach(j, place);
		close(place);
		if (r < 0)
			return r;
		if (i == 0)
			j->out.dead++;
		place = open_place(j, v);
	}
	return place;
}

static int put_at(struct job *j, const struct ipcns_view *v, int tree)
{
	int place = open_living(j, v), r;

	/* A link in the way is no directory; at the end it is opened itself, and does not fit. */
	if (place == -ENOENT || place == -ENOTDIR || place == -ELOOP) {
		j->out.absent++;
		return 0;
	}
	r = place < 0 ? place : put(j, v, tree, place);
	if (place >= 0)
		close(place);
	return r;
}

#define VIEWS_MAX 32

static int carry_out(struct job *j, const int fd[NFDS], bool segments)
{
	struct ipcns_view v;
	int tree[VIEWS_MAX], r = 0;
	struct statx sx;
	unsigned n = 0;

	/* Home: what needs its /proc, and the walks in the superblock. */
	j->proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (j->proc < 0)
		return -errno;
	if (statx(fd[FD_MOUNT], "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &sx) < 0)
		return -errno;
	j->dev_major = sx.stx_dev_major;
	j->dev_minor = sx.stx_dev_minor;
	for (; n < VIEWS_MAX && ipcns_view_get(n, &v); n++) {
		snprintf(j->out.where, sizeof(j->out.where), "%s", v.subtree);
		tree[n] = -1;
		if (v.segments && !segments)
			continue;
		tree[n] = ipcns_mount_clone(fd[FD_MOUNT], v.subtree);
		if (tree[n] < 0)
			return tree[n];
	}
	/* There. Root and working directory are the namespace's root from now on. */
	snprintf(j->out.where, sizeof(j->out.where), "/");
	if (setns(fd[FD_MNT_NS], CLONE_NEWNS) < 0)
		return -errno;
	/* The files of sysctls are others for each IPC namespace, under the same names. */
	if (setns(fd[FD_IPC_NS], CLONE_NEWIPC) < 0)
		return -errno;
	j->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (j->root < 0)
		return -errno;
	for (unsigned i = 0; r == 0 && i < n && ipcns_view_get(i, &v); i++) {
		snprintf(j->out.where, sizeof(j->out.where), "/%s", v.path);
		r = tree[i] < 0 ? 0 : put_at(j, &v, tree[i]);
	}
	return r;
}

static _Noreturn void child_main(const int fd[NFDS], bool segments)
{
	struct job j = {0};

	/* Its default action: what sleeps in a file system that does not answer ends by it, too. */
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(CHILD_S);
	j.out.error = carry_out(&j, fd, segments);
	(void)!send(fd[FD_REPLY], &j.out, sizeof(j.out), MSG_NOSIGNAL);
	_exit(0);
}

/* ---- the process ---- */

static void serve_requests(int sock)
{
	struct fd_packet p;
	char segments;

	/* Children are reaped by nobody. */
	(void)signal(SIGCHLD, SIG_IGN);
	while (fd_packet_recv(sock, &segments, 1, &p, 0) > 0) {
		/* If there is none its side of the reply closes, and the asker knows. */
		if (p.nfds == NFDS && fork() == 0) {
			close(sock);
			(void)prctl(PR_SET_DUMPABLE, 0);
			child_main(p.fd, segments);
		}
		fd_packet_close(&p);
	}
}

/* ---- its maker ---- */

int mounter_start(struct mounter **out)
{
	/* CAP_SYS_CHROOT is what setns(2) wants for a mount namespace; the paths may be of any user. */
	static const cap_value_t keep[] = {CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_DAC_OVERRIDE};
	static const struct clean_process mounter = {.name = "ipcnsd-mount",
						     .keep = keep,
						     .nkeep = sizeof(keep) / sizeof(keep[0]),
						     .serve = serve_requests};
	struct mounter *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->sock = clean_process_start(&mounter, &m->pid);
	if (m->sock < 0) {
		int r = m->sock;

		free(m);
		return r;
	}
	*out = m;
	return 0;
}

void mounter_stop(struct mounter *m)
{
	if (!m)
		return;
	clean_process_stop(m->sock, m->pid);
	free(m);
}

int mounter_mount(struct mounter *m, int mnt_ns, int ipc_ns, int mount_fd, bool segments,
		  struct mounted *out)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	const int fd[NFDS] = {[FD_MNT_NS] = mnt_ns,
			      [FD_IPC_NS] = ipc_ns,
			      [FD_MOUNT] = mount_fd,
			      [FD_REPLY] = pair[1]};
	struct pollfd p = {.fd = pair[0], .events = POLLIN};

	r = fd_packet_send(m->sock, &(char){segments}, 1, fd, NFDS, 0);
	/* With ours open we would not see theirs close. */
	close(pair[1]);
	if (r == 0)
		r = poll(&p, 1, REPLY_MS) == 1 ? 0 : -ETIMEDOUT;
	if (r == 0 && recv(pair[0], out, sizeof(*out), 0) != sizeof(*out))
		r = -ETIMEDOUT; /* killed for being late, nearly always */
	out->where[sizeof(out->where) - 1] = 0;
	close(pair[0]);
	return r;
}
