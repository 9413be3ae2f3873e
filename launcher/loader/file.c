/*
 * Files of the bundle: see loader/file.h.
 */
#include "loader/file.h"

#include <asm/stat.h>

#include "loader/sys.h"

/* S_ISREG: <linux/stat.h> leaves it to libc. */
#define IS_REGULAR(mode) (((mode)&0170000) == 0100000)

static long read_file(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	return gl_sys_pread(source->fd, to, len, offset);
}

int gl_ld_file_open(const char *path, struct gl_ld_source *ret)
{
	/* O_NONBLOCK: a FIFO without a writer does not hold us. */
	int fd = gl_sys_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	long r;

	if (fd < 0)
		return fd;
	r = gl_ld_syscall(__NR_fstat, fd, (long)&st, 0, 0, 0, 0);
	if (r == 0 && !IS_REGULAR(st.st_mode))
		r = GL_LD_NOT_REGULAR;
	if (r != 0) {
		gl_sys_close(fd);
		return (int)r;
	}
	*ret = (struct gl_ld_source){.read = read_file, .size = (uint64_t)st.st_size, .fd = fd};
	return 0;
}
