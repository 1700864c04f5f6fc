/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The condition of a seccomp rule, and what is left when it does not hold.
 *
 * A profile that lets everything through but what its rules deny has to let nothing through any more
 * where a call is to be notified, and to deny what it denied. A rule cannot say "otherwise", and
 * libseccomp lets a rule without conditions win over those that have some; so the rest has to be
 * written out: rules that hold just where the denying one does not.
 *
 * Only for one rule with one condition. libseccomp's filters do not tell rules of one call apart
 * reliably when they look at different arguments (2.5.4: a call can fall through to the default
 * although a rule matches), and here that would be a way round the namespace.
 */
#ifndef TOOLS_OCI_ARGS_H
#define TOOLS_OCI_ARGS_H

#include "tools/oci_json.h"

/**
 * oci_args_rest() - conditions of which one holds where those of a rule do not.
 * @args: the rule's "args", a non-empty array of the runtime-spec's objects {index, value, valueTwo,
 *        op}, which hold together.
 * @rest: array to which "args" of further rules are added, one condition each; none if @args always
 *        holds.
 * Return: 0; -EINVAL: not understood; -EOPNOTSUPP: more than one condition.
 */
int oci_args_rest(json_object *args, json_object *rest, struct oci_error *e);

#endif
