/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container runtime says when it hands over a seccomp listener: the container process state
 * of the OCI runtime specification (config-linux.md, "Seccomp"), and what we read out of its
 * metadata. Pure functions over bytes; nothing here opens, waits or logs.
 *
 * Runtimes differ: one sends compact JSON and another indents it, annotations may be absent, pids are
 * 0 where an exec is told, and there is neither a frame nor an end mark, so a reader takes the text
 * in pieces and knows by the syntax when it is whole.
 */
#ifndef DAEMON_OCI_STATE_H
#define DAEMON_OCI_STATE_H

#include <stddef.h>

#include "daemon/ns_name.h"
#include "daemon/settings.h"

/** More is not read: annotations of a pod are 256 KiB at most. */
#define OCI_STATE_MAX (1u << 20)
#define OCI_ID_MAX 255

/** The annotation by which a container names its namespace. */
#define OCI_ANNOTATION "org.ipcnsd.namespace"

/** enum oci_chosen - who named the namespace. */
enum oci_chosen { OCI_BY_METADATA, OCI_BY_ANNOTATION, OCI_BY_ID };

/**
 * struct oci_state - what of it matters.
 * @id: of the container, for the log: whatever cannot be printed is '?'.
 * @name: of the namespace; by id that of ns_name_from().
 * @parent: "" for none; @limits: only by metadata.
 */
struct oci_state {
	char id[OCI_ID_MAX + 1];
	char name[NS_NAME_MAX + 1], parent[NS_NAME_MAX + 1];
	enum oci_chosen chosen;
	struct settings limits;
};

struct oci_reader;

/** oci_reader_new() - Return: NULL without memory. oci_reader_free() takes NULL. */
struct oci_reader *oci_reader_new(void);
void oci_reader_free(struct oci_reader *r);

/**
 * oci_reader_feed() - the next piece.
 * Return: 1: it is whole, and @out filled (what follows is nobody's business); 0: there must be more;
 * negative errno, with @error for the log: -EBADMSG, not such a state; -EMSGSIZE; -ENOMEM. After
 * anything but 0 the reader is only to be freed.
 */
int oci_reader_feed(struct oci_reader *r, const char *piece, size_t len, struct oci_state *out,
		    char *error, size_t size);

/**
 * oci_metadata() - listenerMetadata: nothing, or KEY=VALUE joined by commas, each key once:
 * namespace=NAME, parent=NAME, and limits and quotas as ipcnsctl(1) takes them.
 * Fills name (left alone where there is none), parent and limits of @out.
 * Return: 0, or -EBADMSG with @error.
 */
int oci_metadata(const char *text, struct oci_state *out, char *error, size_t size);

#endif
