# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed of the service, in builds with D-Bus: the daemon, what mount(8) and podman call, units, the
# bus's files, configuration, completion and manuals. Included by CMakeLists.txt.

install(TARGETS ipcnsd DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT service)
# mount(8) looks in /sbin.
file(CREATE_LINK ../bin/ipcnsctl ${CMAKE_CURRENT_BINARY_DIR}/mount.ipcns SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mount.ipcns DESTINATION ${CMAKE_INSTALL_SBINDIR}
	COMPONENT service)
# By the type that the kernel shows, for `mount -o remount`; fuse3's helper would look for a program "ipcns".
file(CREATE_LINK ../bin/ipcnsctl ${CMAKE_CURRENT_BINARY_DIR}/mount.fuse.ipcns SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mount.fuse.ipcns DESTINATION ${CMAKE_INSTALL_SBINDIR}
	COMPONENT service)

# Containers: podman's hook, which does nothing without its annotation
install(TARGETS ipcns-oci-hook DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/ipcnsd COMPONENT service)
configure_file(oci/90-ipcnsd.json.in 90-ipcnsd.json @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/90-ipcnsd.json
	DESTINATION ${CMAKE_INSTALL_DATADIR}/containers/oci/hooks.d COMPONENT service)

# Configuration
install(FILES config/ipcnsd.conf DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ipcnsd
	COMPONENT service)
# What the operator puts there: drop-ins, and limits of ipcns@NAME.service.
foreach(directory ipcnsd.conf.d namespaces)
	install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ipcnsd/${directory}
		COMPONENT service)
endforeach()

# systemd and D-Bus
foreach(unit ipcnsd.service ipcns@.service)
	configure_file(systemd/${unit}.in ${unit} @ONLY)
	install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${unit} DESTINATION ${IPCNS_UNIT_DIR}
		COMPONENT service)
endforeach()
configure_file(systemd/user/ipcnsd.service.in user/ipcnsd.service @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/user/ipcnsd.service systemd/user/ipcnsd.socket
	DESTINATION ${IPCNS_USER_UNIT_DIR} COMPONENT service)
install(FILES systemd/ipcnsd.socket DESTINATION ${IPCNS_UNIT_DIR} COMPONENT service)
install(FILES systemd/ipcnsd.sysusers DESTINATION ${lib}/sysusers.d RENAME ipcnsd.conf
	COMPONENT service)
install(FILES systemd/ipcnsd.tmpfiles DESTINATION ${lib}/tmpfiles.d RENAME ipcnsd.conf
	COMPONENT service)
configure_file(dbus/org.ipcnsd.service.in org.ipcnsd.service @ONLY)
install(FILES dbus/org.ipcnsd.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/dbus-1/system.d
	COMPONENT service)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/org.ipcnsd.service
	DESTINATION ${CMAKE_INSTALL_DATADIR}/dbus-1/system-services COMPONENT service)
configure_file(dbus/user/org.ipcnsd.service.in user/org.ipcnsd.service @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/user/org.ipcnsd.service
	DESTINATION ${CMAKE_INSTALL_DATADIR}/dbus-1/services COMPONENT service)

# Completion and manuals (ipcnsctl's is in every build)
install(FILES completion/bash/ipcnsctl
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT service)
install(FILES completion/zsh/_ipcnsctl
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT service)
install(FILES completion/fish/ipcnsctl.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT service)
foreach(page ipcnsd.conf.5 org.ipcnsd.5 ipcns-oci-hook.8 ipcnsd.8
		mount.ipcns.8)
	string(REGEX MATCH "[0-9]$" section ${page})
	install_compressed(${PROJECT_SOURCE_DIR}/docs/${page} ${page}
		${CMAKE_INSTALL_MANDIR}/man${section} service)
endforeach()
file(CREATE_LINK mount.ipcns.8.gz ${CMAKE_CURRENT_BINARY_DIR}/mount.fuse.ipcns.8.gz SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mount.fuse.ipcns.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8
	COMPONENT service)

# Examples
install(FILES examples/namespace.conf examples/podman-user.conf examples/srv-shop.mount kubernetes/ipcnsd.yaml
		kubernetes/pod.yaml kubernetes/Containerfile
	DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ipcnsd/examples COMPONENT service)
