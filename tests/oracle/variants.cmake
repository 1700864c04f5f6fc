# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Scenarios as somebody else than root of the namespace (run-as.c): who, which of the builds is used,
# which scenarios cannot be run so, and which always are; the others have the label long, too.
#
# A scenario is left out only if its own set-up fails natively, or for a pinned difference.

set(ORACLE_VARIANTS nobody userns shifted pidns rootless)

# Compiled for musl: none is left out.
set(ORACLE_NOT_MUSL)

# With libipcshim: all of semaphores.
set(ORACLE_WITH_SHIM "^sem_|^mix_|^as_|^sysctl_")

set(ORACLE_KIND_AS_nobody dynamic)
set(ORACLE_KIND_AS_userns static)
set(ORACLE_KIND_AS_shifted dynamic)
set(ORACLE_KIND_AS_pidns static)
set(ORACLE_KIND_AS_rootless dynamic)

# Identity decides about permissions, ids, names of queues and sysctls; a pid namespace about pids and
# signals.
set(ORACLE_ALWAYS_AS_nobody "^as_|_perm|_set|_modes|_info|_view|_qbytes|^mix_|mq_open|mq_dir|mq_notify|unlink|rlimit|^shm_(ctl|get|rmid)|^sysctl|^abi")
set(ORACLE_ALWAYS_AS_userns ${ORACLE_ALWAYS_AS_nobody})
set(ORACLE_ALWAYS_AS_shifted "^as_|_perm|_modes|_view|_set$|user_namespace|credentials|mq_open|mq_dir|unlink|rlimit|shm_ctl|access|^sysctl")
set(ORACLE_ALWAYS_AS_pidns "^as_|_view|_info|^mix_|notify|_kill|_exec|_stop|_signal|_undo|_status|_death|^msg_handover|^sem_handover|_orphan|^shm_(ctl|rmid|proc|nattch)|^abi")

# They change their ids, or give queues away, and nobody may not.
set(ORACLE_NOT_AS_nobody
	as_fs_ids
	as_i386_owner
	as_limits
	as_many_groups
	as_notify
	as_opener
	as_pid_levels
	as_rlimit
	as_unshare_undo
	as_user_rights
	mix_credentials
	mix_pid_namespace # makes one without being root
	mix_user_namespace # maps root, whom it is not
	mq_close_frees
	mq_dir_list
	mq_dir_refuses
	mq_dir_times
	mq_notify_signal
	mq_open_default
	mq_open_mode
	mq_reopen_loop
	mq_rlimit
	mq_unlink_rights
	mq_waiter_priority # a higher priority
	msg_set_excludes # who loses his rights is nobody, and stays the creator
	sem_undo_unshare_refused # becomes somebody else
	sem_set_parked # the same
	shm_ctl_set
	shm_get_access
	shm_lock
	sysctl_permission
)

# As nobody, whose namespaces only map him; besides, what BPF is needed for and what a user namespace's
# root may not: differences/proc_*, rootless_*.
set(ORACLE_ALWAYS_AS_rootless "^as_|_perm|_set$|_info|_view|^mix_|_handover|_rmid|mq_open|mq_dir|mq_notify|unlink|rlimit|^shm_(ctl|get|nattch)|^sysctl|^abi")
set(ORACLE_NOT_AS_rootless
	${ORACLE_NOT_AS_nobody}
	mq_notify_exec_signal
	mq_notify_thread
	mq_notify_thread_raw
	sem_undo_clone
	sem_undo_unshare
	sem_undo_unshare_refused
	sysctl_file
)

# They use ids that the namespace does not map.
set(ORACLE_NOT_AS_userns
	as_fs_ids
	as_i386_owner
	as_limits
	as_many_groups
	as_notify
	as_opener
	as_rlimit
	as_user_rights
	mq_close_frees
	mq_dir_list
	mq_dir_refuses
	mq_dir_times
	mq_notify_signal
	mq_open_default
	mq_open_mode
	mq_reopen_loop
	mq_rlimit
	mq_unlink_rights
	mq_waiter_priority # a higher priority needs CAP_SYS_NICE over the machine
	sem_undo_unshare_refused
	shm_ctl_set
	shm_get_access
	shm_lock
	sysctl_permission # writes what only the IPC namespace's root may
	sysctl_read # access(2) of *_next_id: differences/sysctl_views
)

set(ORACLE_NOT_AS_shifted
	as_limits # writes sysctls, which only the IPC namespace's root may
	mq_waiter_priority # as above
	sysctl_permission
)

# From outside the kernel IPC namespace that has the segments.
set(ORACLE_INJECTED "^shm_|^mix_|_mq_shm$|^sysctl_")
set(ORACLE_INJECTED_AS nobody userns shifted pidns)
set(ORACLE_NOT_INJECTED
	shm_proc # who inherits an attach is not its last user: differences/injected_*
	shm_use # the same
)
