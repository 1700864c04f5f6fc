/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bus-error ADDRESS PATH INTERFACE METHOD [ARG...]: calls org.ipcnsd and prints the name of the
 * error and its text, or "ok". An ARG is s:TEXT, o:PATH, u:NUMBER, h:FILE (opened for reading),
 * d:KEY=TEXT,... (an a{sv} of strings; "d:" is an empty one) or D:KEY=NUMBER,... (of int32).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

static int append_dict(sd_bus_message *m, char *text, bool numbers)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");
	char *save, *item;

	for (item = strtok_r(text, ",", &save); r >= 0 && item;
	     item = strtok_r(NULL, ",", &save)) {
		char *value = strchr(item, '=');

		if (!value)
			return -EINVAL;
		*value++ = 0;
		r = numbers ? sd_bus_message_append(m, "{sv}", item, "i", atoi(value))
			    : sd_bus_message_append(m, "{sv}", item, "s", value);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append(sd_bus_message *m, char *arg)
{
	char *value = strchr(arg, ':');
	int fd, r;

	if (!value)
		return -EINVAL;
	value++;
	switch (arg[0]) {
	case 's':
	case 'o':
		return sd_bus_message_append_basic(m, arg[0], value);
	case 'u':
		return sd_bus_message_append(m, "u", (unsigned)strtoul(value, NULL, 10));
	case 'h':
		fd = open(value, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		r = sd_bus_message_append(m, "h", fd);
		return r;
	case 'd':
	case 'D':
		return append_dict(m, value, arg[0] == 'D');
	}
	return -EINVAL;
}

int main(int argc, char **argv)
{
	sd_bus_message *m = NULL, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int r;

	if (argc < 5)
		return 2;
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_address(bus, argv[1]);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &m, "org.ipcnsd", argv[2], argv[3],
						   argv[4]);
	for (int i = 5; r >= 0 && i < argc; i++)
		r = append(m, argv[i]);
	if (r < 0) {
		printf("cannot call: %s\n", strerror(-r));
		return 2;
	}
	r = sd_bus_call(bus, m, 20000000, &e, &reply);
	if (r < 0)
		printf("%s %s\n", e.name ? e.name : strerror(-r), e.message ? e.message : "");
	else
		puts("ok");
	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	sd_bus_flush_close_unref(bus);
	return r < 0;
}
