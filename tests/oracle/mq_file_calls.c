/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Other file calls on a queue's descriptor, as the VFS answers for a file that can be read, polled
 * and little more. None of them touches the messages.
 */
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;
	int other;
	int value;

	mq_put("send", q, "kept", 0);
	CALL(fallocate(q, 0, 0, 100));
	CALL(ioctl(q, TCGETS, &st));
	CALL(ioctl(q, FIONBIO, (value = 0, &value)));
	sc_say("O_NONBLOCK %d", (fcntl(q, F_GETFL) & O_NONBLOCK) != 0);
	CALL(ioctl(q, FIONBIO, (value = 1, &value)));
	sc_say("O_NONBLOCK %d", (fcntl(q, F_GETFL) & O_NONBLOCK) != 0);
	CALL(ioctl(q, FIOCLEX));
	CALL(fcntl(q, F_SETLK, &lock));
	CALL(flock(q, LOCK_EX | LOCK_NB));
	other = (int)MUST(open(MQ_DIR "/q", O_RDWR));
	CALL(flock(other, LOCK_EX | LOCK_NB));
	CALL(fchdir(q));
	CALL(fgetxattr(q, "user.x", NULL, 0));
	CALL(fsetxattr(q, "user.x", "v", 1, 0));
	CALL(fchmod(q, 0640));
	CALL(fstat(q, &st));
	sc_say("mode %o size %ld", st.st_mode, (long)st.st_size);
	mq_take("receive", q);
}
