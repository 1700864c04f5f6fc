/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcns-bench-namespaces: what many namespaces cost the service that keeps them.
 *
 * Unlike ipcns-bench it is linked with the product's filter, since a thousand processes that are
 * confined by `ipcnsctl exec` would measure processes, not the service. namespaces.c has the
 * measurement, namespaces_member.c what runs in each namespace, namespaces_service.c a service and a
 * bus of its own to measure.
 */
#ifndef BENCH_NAMESPACES_H
#define BENCH_NAMESPACES_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

/* What each member makes, over all families, before it waits. */
#define MEMBER_OBJECTS 20

/*
 * Start a process of the namespace `name`, which enters the kernel namespace behind it, is confined,
 * makes MEMBER_OBJECTS objects and waits in msgrcv(2) until the queue is removed. Its exit status is 0
 * if the call ended with EIDRM.
 *
 * Return: its process id; or a negative errno, with the reason in `*why` (static).
 */
pid_t member_start(sd_bus *bus, const char *name, const char **why);

/* A bus and a service that nobody else uses. */
struct own_service {
	char dir[64], address[96];
	pid_t bus, service;
};

/*
 * Start both, `ipcnsd` being the service's program, in a directory below /tmp and a mount namespace of the
 * calling process's own, which must have one thread. They are killed when it ends.
 *
 * Return: 0 once the service has its name on the bus; or a negative errno, after a line on standard
 * error, with nothing left.
 */
int own_service_start(struct own_service *own, const char *ipcnsd);

/* End both. Return: false, after a line on standard error, if the service did not end with status 0. */
bool own_service_stop(struct own_service *own);

/* Connect to the bus at `address`. Return: 0, and the caller's bus; or a negative errno. */
int connect_bus(const char *address, sd_bus **bus);

#endif
