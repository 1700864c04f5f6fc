/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How an attach looks in /proc/self/maps: shared, with the rights asked for, named /SYSV and the
 * key in eight digits, with the id as inode number; SHM_RDONLY and SHM_EXEC show.
 */
#include "shm_common.h"

static void look(const char *label, const void *addr)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "r");

	if (!f)
		sc_fail("maps: %s", sc_errname(errno));
	while (fgets(line, sizeof(line), f)) {
		unsigned long start;
		unsigned long end;
		unsigned long offset;
		unsigned long inode;
		char rights[8];
		int name = 0;

		if (sscanf(line, "%lx-%lx %7s %lx %*x:%*x %lu %n", &start, &end, rights, &offset,
			   &inode, &name) < 5 ||
		    start != (unsigned long)addr)
			continue;
		line[strcspn(line, "\n")] = '\0';
		sc_say("%s: %lu bytes %s offset %lx inode %lu %s", label, end - start, rights,
		       offset, inode, line + name);
	}
	fclose(f);
}

void scenario(void)
{
	int keyed = (int)MUST(shmget(0xabcd, 5000, IPC_CREAT | 0700));
	int private_one = shm_make(4096, 0700);
	char *p;

	look("keyed", shm_map(keyed));
	look("private", shm_map(private_one));
	look("read-only", shmat(keyed, NULL, SHM_RDONLY));
	look("executable", shmat(keyed, NULL, SHM_EXEC));
	p = shm_map(keyed);
	MUST(mprotect(p, 4096, PROT_READ));
	look("after mprotect, first page", p);
	look("after mprotect, second page", p + 4096);
	MUST(shmctl(keyed, IPC_RMID, NULL));
	look("removed", p);
}
