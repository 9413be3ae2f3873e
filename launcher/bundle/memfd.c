/*
 * The stub in a memfd: see bundle/stub.h.
 *
 * A file of no file system needs neither a writable directory nor one without
 * noexec.  It is sealed, so that the image of the running program cannot be
 * written to by whoever may open it through /proc/PID/exe.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "bundle/stub.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define FLAGS		(MFD_CLOEXEC | MFD_ALLOW_SEALING)
#define SEALS		(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define NAME_MAX_LENGTH 249 /* memfd_create(2): 255 less "memfd:" */

/* Without MFD_EXEC vm.memfd_noexec=1 makes it no program; kernels before 6.3 do not know the flag. */
static int create(const char *name)
{
	char cut[NAME_MAX_LENGTH + 1];
	int fd;

	snprintf(cut, sizeof(cut), "%s", name);
	fd = memfd_create(cut, FLAGS | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(cut, FLAGS);
	return fd < 0 ? -errno : fd;
}

/*
 * *fd becomes a descriptor for reading: execve says ETXTBSY of a file that was
 * opened for writing.  A memfd as it was created does not count as one
 * (mm/memfd.c makes it without open(2)), so without /proc it stays as it is.
 */
static void reopen(int *fd)
{
	char path[32];
	int reading;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	reading = open(path, O_RDONLY | O_CLOEXEC);
	if (reading < 0)
		return;
	close(*fd);
	*fd = reading;
}

int gl_stub_memfd(const struct gl_stub_config *config, const char *name, struct gl_err *err)
{
	gl_autofree unsigned char *image = NULL;
	gl_autoclose int fd = -1;
	size_t size;
	int r = gl_stub_make(config, &image, &size, err);

	if (r)
		return r;
	fd = create(name);
	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot make a memfd for the loader stub");
	r = gl_file_write_all(fd, image, size);
	if (r)
		return gl_err_sys(err, -r, "cannot write the loader stub into a memfd");
	/* A kernel that cannot seal has made a file that works as well. */
	(void)fcntl(fd, F_ADD_SEALS, SEALS);
	reopen(&fd);
	r = gl_fd_raise(&fd, err);
	return r ? r : GL_TAKE_FD(fd);
}
