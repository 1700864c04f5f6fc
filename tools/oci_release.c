/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asked again and again: the service announces the end of a namespace, too, but who subscribes first
 * and then asks has two ways to be wrong, and the end is a matter of milliseconds.
 */
#include "tools/oci_release.h"

#include <stdint.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 10000

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static sd_bus *connect_to(const char *address, bool user)
{
	sd_bus *bus = NULL;
	int r;

	if (!address) {
		r = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
		return r < 0 ? NULL : bus;
	}
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	return r < 0 ? sd_bus_unref(bus) : bus;
}

/* Return: false also when there is no answer. */
static bool is_there(sd_bus *bus, const char *name, int64_t timeout)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, "org.ipcnsd", "/org/ipcnsd",
					       "org.ipcnsd.Manager1", "GetNamespace");

	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_call(bus, m, (uint64_t)timeout, NULL, NULL);
	sd_bus_message_unref(m);
	return r >= 0;
}

void oci_release_wait(const char *address, bool user, const char *name, int ms)
{
	const int64_t end = now_us() + ms * INT64_C(1000);
	sd_bus *bus = connect_to(address, user);
	int64_t left;

	while (bus && (left = end - now_us()) > 0 && is_there(bus, name, left))
		usleep(PAUSE_US);
	sd_bus_flush_close_unref(bus);
}
