/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bus-fuzz ADDRESS CALLS SEED: calls of org.ipcnsd that make little sense: right and wrong paths,
 * interfaces and members, arguments of any type and number, descriptors of all kinds. Every call
 * must be answered, with a result or an error, within 20 seconds. Prints how many were which.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ANY(a) ((a)[roll(COUNT(a))])

static const char *const names[] = {"a", "b", "c", "", ".", "..", "-x", "a/b", "a b", "none",
				    "\xc3\xa4",
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
static const char *const paths[] = {
	"/org/ipcnsd",	     "/org/ipcnsd/ns",	    "/org/ipcnsd/ns/a",	 "/org/ipcnsd/ns/b",
	"/org/ipcnsd/ns/c",  "/org/ipcnsd/ns/_",    "/org/ipcnsd/ns/_zz", "/org/ipcnsd/ns/a/b",
	"/org/ipcnsd/ns/_2e", "/",		     "/org/ipcnsd/x"};
static const char *const interfaces[] = {
	"org.ipcnsd.Manager1",
	"org.ipcnsd.Manager1",
	"org.ipcnsd.Manager1",
	"org.ipcnsd.Namespace1",
	"org.ipcnsd.Namespace1",
	"org.ipcnsd.Namespace1",
	"org.freedesktop.DBus.Properties",
	"org.freedesktop.DBus.ObjectManager",
	"org.freedesktop.DBus.Introspectable",
	"org.freedesktop.DBus.Peer",
	"x.y"};
static const char *const members[] = {
	"CreateNamespace", "CreateNamespace", "DestroyNamespace", "GetNamespace", "ListNamespaces",
	"OpenMount",	   "OpenIpcNamespace", "AttachListener",  "Join",	  "ListObjects",
	"DescribeObject",  "SetLimits",	       "SetLimits",	  "RemoveObject", "Destroy",
	"Get",		   "Set",	       "GetAll",	  "GetManagedObjects",
	"Introspect",	   "Ping",	       "Nonsense"};
static const char *const words[] = {
	"a",	  "b",	     "msgmax",	"semmni",    "shmmax",	"queues_max", "quota_msg", "Parent",
	"bogus",  "",	     "msg",	"sem",	     "shm",	"mqueue",     "0",	   "1",
	"-1",	  "32768",   "99999999999999999999", "unlimited", "1K",	      "1KK",	   "Limits",
	"org.ipcnsd.Namespace1", "org.ipcnsd.Manager1", "\xe2\x82\xac", "../../x", "/q"};

static unsigned long long state;

static unsigned roll(size_t n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)((state >> 33) % n);
}

static int append_any(sd_bus_message *m, int depth);

static int append_fd(sd_bus_message *m)
{
	static const char *const files[] = {"/dev/null", "/dev/zero", "/proc/self/status", "/",
					    "/dev/fuse"};
	int pair[2], r, fd;

	if (roll(2)) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
			return -errno;
		close(pair[1]);
		fd = pair[0];
	} else {
		fd = open(ANY(files), O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return 0;
	}
	r = sd_bus_message_append(m, "h", fd);
	close(fd);
	return r;
}

static int append_variant(sd_bus_message *m)
{
	switch (roll(7)) {
	case 0:
		return sd_bus_message_append(m, "v", "s", ANY(words));
	case 1:
		return sd_bus_message_append(m, "v", "i", (int)roll(70000) - 100);
	case 2:
		return sd_bus_message_append(m, "v", "t", roll(2) ? ~0ull : roll(9000));
	case 3:
		return sd_bus_message_append(m, "v", "y", roll(256));
	case 4:
		return sd_bus_message_append(m, "v", "d", 1.5);
	case 5:
		return sd_bus_message_append(m, "v", "as", 2, "x", "y");
	default:
		return sd_bus_message_append(m, "v", "v", "v", "u", roll(5));
	}
}

static int append_dict(sd_bus_message *m)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (unsigned n = roll(4); r >= 0 && n; n--) {
		r = sd_bus_message_open_container(m, 'e', "sv");
		if (r >= 0)
			r = sd_bus_message_append(m, "s", ANY(words));
		if (r >= 0)
			r = append_variant(m);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_any(sd_bus_message *m, int depth)
{
	int r;

	switch (roll(9)) {
	case 0:
		return sd_bus_message_append(m, "s", ANY(words));
	case 1:
		return sd_bus_message_append(m, "s", ANY(names));
	case 2:
		return sd_bus_message_append(m, "u", roll(1u << 31));
	case 3:
		return sd_bus_message_append(m, "x", -(long long)roll(1u << 31));
	case 4:
		return append_fd(m);
	case 5:
		return append_dict(m);
	case 6:
		return append_variant(m);
	case 7:
		return sd_bus_message_append(m, "o", ANY(paths));
	default:
		if (depth > 2)
			return 0;
		r = sd_bus_message_open_container(m, 'r', "sv");
		if (r >= 0)
			r = sd_bus_message_append(m, "s", ANY(words));
		if (r >= 0)
			r = append_variant(m);
		return r < 0 ? r : sd_bus_message_close_container(m);
	}
}

/* What the method takes, with values that may be wrong. */
static int append_right_types(sd_bus_message *m, const char *member)
{
	int r = 0;

	if (strcmp(member, "CreateNamespace") == 0 || strcmp(member, "DestroyNamespace") == 0 ||
	    strcmp(member, "GetNamespace") == 0 || strncmp(member, "Open", 4) == 0 ||
	    strcmp(member, "AttachListener") == 0 || strcmp(member, "Join") == 0)
		r = sd_bus_message_append(m, "s", ANY(names));
	else if (strstr(member, "Object") && member[0] != 'G')
		r = sd_bus_message_append(m, "s", ANY(words));
	if (r >= 0 && (strcmp(member, "CreateNamespace") == 0 || strcmp(member, "SetLimits") == 0))
		r = append_dict(m);
	if (r >= 0 && strcmp(member, "AttachListener") == 0)
		r = append_fd(m);
	if (r >= 0 && (strcmp(member, "DescribeObject") == 0 || strcmp(member, "RemoveObject") == 0))
		r = sd_bus_message_append(m, "s", ANY(words));
	if (r >= 0 && strcmp(member, "Get") == 0)
		r = sd_bus_message_append(m, "ss", ANY(interfaces), ANY(words));
	if (r >= 0 && strcmp(member, "GetAll") == 0)
		r = sd_bus_message_append(m, "s", ANY(interfaces));
	return r;
}

static int one(sd_bus *bus, unsigned *good, unsigned *bad)
{
	sd_bus_message *m = NULL, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *member = ANY(members);
	int r = sd_bus_message_new_method_call(bus, &m, "org.ipcnsd", ANY(paths), ANY(interfaces),
					       member);

	if (r >= 0 && roll(3))
		r = append_right_types(m, member);
	else
		for (unsigned n = roll(5); r >= 0 && n; n--)
			r = append_any(m, 0);
	if (r >= 0 && roll(20) == 0) {
		(void)sd_bus_message_set_expect_reply(m, 0);
		r = sd_bus_send(bus, m, NULL);
	} else if (r >= 0) {
		r = sd_bus_call(bus, m, 20000000, &e, &reply);
		if (r >= 0)
			++*good;
		else if (e.name && r != -ETIMEDOUT && r != -ECONNRESET)
			r = 0, ++*bad;
		if (r < 0)
			printf("%s: %s\n", member, strerror(-r));
	} else {
		r = 0; /* a message that the library itself does not make */
	}
	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return r;
}

int main(int argc, char **argv)
{
	unsigned good = 0, bad = 0;
	sd_bus *bus = NULL;
	int r;

	if (argc != 4)
		return 2;
	state = strtoull(argv[3], NULL, 10);
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_address(bus, argv[1]);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	for (long n = atol(argv[2]); r >= 0 && n; n--)
		r = one(bus, &good, &bad);
	printf("%u answered, %u refused\n", good, bad);
	sd_bus_flush_close_unref(bus);
	return r < 0 || !good || !bad;
}
