/*
 * The table of what glibc loads by name, and its closure: see bundle/by_name.h.
 *
 * A module of another build than the libc that loads it fails or crashes (they
 * meet in private symbols, GLIBC_PRIVATE), and a program that runs from a bundle
 * would find the host's where the bundle has none.  So all of them travel.
 */
#include "bundle/by_name.h"

#include <errno.h>

#include "base/buf.h"
#include "base/mem.h"

const struct gl_by_name gl_by_name[] = {
	/* for a program that needs the loader alone; the rest is no use without it */
	{"libc.so.6", true},

	/*
	 * The services of /etc/nsswitch.conf (nss/nss_module.c: libnss_NAME.so.2) that
	 * are glibc's own.  files and dns are in libc.so.6 since 2.34, where these are
	 * empty; without compat a host that says "passwd: compat" has no users at all.
	 */
	{"libnss_files.so.2", true},
	{"libnss_dns.so.2", true},
	{"libnss_compat.so.2", true},
	{"libnss_hesiod.so.2", true},

	/* what unwinds the stack for pthread_cancel, pthread_exit and backtrace (misc/unwind-link.c) */
	{"libgcc_s.so.1", false},

	/* merged into libc.so.6 by 2.34, empty since: what was linked before needs them by name */
	{"libpthread.so.0", true},
	{"libdl.so.2", true},
	{"librt.so.1", true},
	{"libutil.so.1", true},
	{"libanl.so.1", true},

	/* what programs ask for that a bundle was not made for: an installed bundle serves any of them */
	{"libresolv.so.2", true},
	{"libm.so.6", true},
	{"libnsl.so.1", true}, /* libnss_compat's too, until 2.31 */
	{NULL, false},
};

int gl_by_name_resolve(struct gl_host *host, struct gl_image *program, const char *program_path,
		       struct gl_closure *ret, struct gl_err *err)
{
	gl_autobuf struct gl_buf preload = GL_BUF_INIT;
	char *const *own = host->env;
	char *env[2] = {NULL, NULL};
	int r;

	gl_buf_puts(&preload, "LD_PRELOAD=");
	for (size_t i = 0; gl_by_name[i].name; i++)
		gl_buf_printf(&preload, "%s:", gl_by_name[i].name);
	if (gl_buf_error(&preload))
		return gl_err_sys(err, gl_buf_error(&preload), "cannot look for libraries");
	env[0] = preload.data;
	host->env = env;
	r = gl_closure_resolve(host, program, program_path, ret, err);
	host->env = own;
	return r;
}
