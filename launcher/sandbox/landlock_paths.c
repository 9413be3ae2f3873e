/*
 * What is readable by default, as data: files that hold no secrets and without
 * which the Go runtime, its standard library or libc fail or fall back to worse.
 * Directories that also hold keys (/etc/ssl/private) are named by their public
 * parts.  Files are named rather than /etc: what replaces them later is not
 * covered (sandbox/landlock.h).
 */
#include "sandbox/landlock_paths.h"

#include "base/macros.h"
#include "sandbox/landlock.h"

#define READ   (GL_LANDLOCK_READ_FILE | GL_LANDLOCK_READ_DIR)
#define DEVICE (GL_LANDLOCK_READ_FILE | GL_LANDLOCK_WRITE_FILE | GL_LANDLOCK_TRUNCATE | GL_LANDLOCK_IOCTL_DEV)

#define NAMES	     "net: names of hosts and services"
#define USERS	     "os/user"
#define CERTIFICATES "crypto/x509: root certificates"
#define ZONES	     "time: zones"
#define TYPES	     "mime: types by extension"
#define LIBRARIES    "ld.so: libraries, of PROGRAM and of what it executes"
#define PROCESSORS   "runtime, libc: processors and what cgroups leave of them"
#define SETTINGS     "settings of the kernel that libraries ask for"
#define DEVICES	     "devices without content"

/* clang-format off */
const struct gl_landlock_path gl_landlock_paths[] = {
	{"/etc/resolv.conf", READ, NAMES},
	{"/run/systemd/resolve", READ, NAMES}, /* where resolv.conf leads to; the file is replaced as networks change */
	{"/run/NetworkManager/resolv.conf", READ, NAMES},
	{"/run/resolvconf", READ, NAMES},
	{"/etc/hosts", READ, NAMES},
	{"/etc/host.conf", READ, NAMES},
	{"/etc/gai.conf", READ, NAMES},
	{"/etc/nsswitch.conf", READ, NAMES},
	{"/etc/services", READ, NAMES},
	{"/etc/protocols", READ, NAMES},
	{"/etc/passwd", READ, USERS},
	{"/etc/group", READ, USERS},
	{"/etc/ssl/certs", READ, CERTIFICATES}, /* not /etc/ssl: private is in it */
	{"/etc/ssl/cert.pem", READ, CERTIFICATES},
	{"/etc/ssl/ca-bundle.pem", READ, CERTIFICATES},
	{"/etc/ca-certificates", READ, CERTIFICATES},
	{"/etc/pki/tls/certs", READ, CERTIFICATES},
	{"/etc/pki/tls/cacert.pem", READ, CERTIFICATES},
	{"/etc/pki/ca-trust/extracted", READ, CERTIFICATES},
	{"/usr/share/ca-certificates", READ, CERTIFICATES}, /* where links in /etc/ssl/certs lead to */
	{"/usr/local/share/ca-certificates", READ, CERTIFICATES},
	{"/usr/share/pki", READ, CERTIFICATES},
	{"/var/lib/ca-certificates", READ, CERTIFICATES},
	{"/etc/localtime", READ, ZONES},
	{"/etc/timezone", READ, ZONES},
	{"/etc/zoneinfo", READ, ZONES},
	{"/usr/share/zoneinfo", READ, ZONES},
	{"/usr/share/lib/zoneinfo", READ, ZONES},
	{"/etc/mime.types", READ, TYPES},
	{"/usr/share/mime", READ, TYPES},
	{"/usr/local/share/mime", READ, TYPES},
	{"/etc/ld.so.cache", READ, LIBRARIES},
	{"/etc/ld.so.preload", READ, LIBRARIES},
	{"/lib", READ, LIBRARIES},
	{"/lib32", READ, LIBRARIES},
	{"/lib64", READ, LIBRARIES},
	{"/usr/lib", READ, LIBRARIES}, /* also gconv, locales and NSS modules */
	{"/usr/lib32", READ, LIBRARIES},
	{"/usr/lib64", READ, LIBRARIES},
	{"/usr/local/lib", READ, LIBRARIES},
	{"/sys/devices/system/cpu", READ, PROCESSORS},
	{"/sys/fs/cgroup", READ, PROCESSORS}, /* cpu.max: GOMAXPROCS since Go 1.25 */
	{"/proc/cpuinfo", READ, PROCESSORS},
	{"/proc/stat", READ, PROCESSORS},
	{"/proc/meminfo", READ, PROCESSORS},
	{"/sys/kernel/mm/transparent_hugepage", READ, SETTINGS}, /* the runtime's heap asks for its size at start */
	{"/proc/sys/net/core/somaxconn", READ, SETTINGS}, /* net: the backlog of listeners */
	{"/proc/sys/kernel/cap_last_cap", READ, SETTINGS},
	{"/proc/sys/kernel/hostname", READ, SETTINGS}, /* os.Hostname */
	{"/proc/sys/kernel/osrelease", READ, SETTINGS},
	{"/proc/sys/vm/overcommit_memory", READ, SETTINGS}, /* malloc */
	{"/dev/null", DEVICE, DEVICES},
	{"/dev/zero", DEVICE, DEVICES},
	{"/dev/full", DEVICE, DEVICES},
	{"/dev/random", READ, DEVICES},
	{"/dev/urandom", READ, DEVICES},
	{"/dev/tty", DEVICE, "questions to the user; it is his terminal already"},
};
/* clang-format on */

const size_t gl_landlock_path_count = GL_ARRAY_SIZE(gl_landlock_paths);
