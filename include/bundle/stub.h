/*
 * The loader stub as golaunch carries it, and copies of it.
 *
 * The stub (launcher/loader) is embedded into golaunch; a bundle holds it under
 * the program's name, a launch from an installed bundle puts it into a memfd or
 * a cache directory with the paths written into its note (loader/slot.h).
 * Depends on: base, arch, elf.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "elf/image.h"
#include "loader/slot.h"

/* What is written into a copy. */
struct gl_stub_config {
	uint32_t flags;	     /* enum gl_stub_flags */
	const char *program; /* NULL: found beside it */
	const char *lib;     /* NULL: found beside it */
};

/* The stub of the machine golaunch was built for, as built; static memory. */
const unsigned char *gl_stub_image(size_t *ret_size);

/* A copy with the config written into it (free() it).  Returns 0, -ENAMETOOLONG or -ENOMEM. */
int gl_stub_make(const struct gl_stub_config *config, unsigned char **ret, size_t *ret_size,
		 struct gl_err *err) GL_MUST_CHECK;

/*
 * Is the image a stub, by its note?  Returns 1 with its slot in *ret (paths
 * NUL-terminated whatever the file says), 0: no, or -errno.
 */
int gl_stub_read(const struct gl_image *image, struct gl_stub_slot *ret) GL_MUST_CHECK;

/*
 * Where a stub's flags (enum gl_stub_flags) are when it runs unmoved: for the
 * start watch, which sets GL_STUB_TRACED there.  Returns 0, or 1: it is no stub,
 * or one of another version.
 */
int gl_stub_flags_address(const struct gl_image *image, uint64_t *ret_vaddr) GL_MUST_CHECK;

/*
 * The stub in a memfd called name, executable and close-on-exec, opened for
 * reading alone (nobody writes to it: no ETXTBSY).  Returns the descriptor, or
 * -errno: -EACCES where vm.memfd_noexec=2 forbids it, -ENOSYS before Linux 3.17.
 */
int gl_stub_memfd(const struct gl_stub_config *config, const char *name, struct gl_err *err) GL_MUST_CHECK;

/*
 * The stub as DIR/KEY/NAME, where KEY follows from the config and the stub:
 * what is there is compared byte by byte and used, or replaced in one step.
 * dir must be there, belong to root or to us and not be writable by others (as
 * a bundle; the directories above it only if sticky), else -EPERM with the
 * reason.  Returns 0 with the path (absolute, without links; free() it) or -errno.
 */
int gl_stub_cache(const char *dir, const struct gl_stub_config *config, const char *name, char **ret_path,
		  struct gl_err *err) GL_MUST_CHECK;

/* Would gl_stub_cache() do?  Nothing is written.  Returns 0 or -errno with the reason. */
int gl_stub_cache_check(const char *dir, const struct gl_stub_config *config, const char *name,
			struct gl_err *err) GL_MUST_CHECK;
