/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A buffer in memory that is mapped but is no ordinary memory (VM_IO, VM_PFNMAP; here the vDSO's
 * data page): the kernel copies from it, process_vm_readv(2) does not.
 */
#include "mq_common.h"

static void *vvar(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start = 0;
	char line[512];

	if (!f)
		sc_fail("no /proc/self/maps");
	while (!start && fgets(line, sizeof(line), f))
		if (strstr(line, "[vvar]"))
			(void)sscanf(line, "%lx", &start);
	fclose(f);
	return (void *)start;
}

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR, 2, 8);
	void *page = vvar();

	if (!page)
		sc_skip("no vvar page");
	CALL_Q("send from the vvar page", raw_mq_send(q, page, 8, 0, NULL));
}
