/*
 * A host as a program would find it: a root directory, an environment, a
 * user, a kernel, a CPU.  Everything that is looked up on "the host" takes this
 * record, so the same code judges this machine, a container's root or a test's.
 * Depends on: base, arch, elf, gobin.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "base/err.h"

struct gl_host {
	int root_fd; /* O_PATH on the root directory; -1: the process's own "/" */
	bool live;   /* the machine we run on with its own root: mounts, CPU and execve itself can be asked */
	const struct gl_arch *arch;
	char *const *env; /* the environment the program will have; not owned */
	uid_t uid;	  /* the ids it will have */
	gid_t gid;
	const gid_t *groups; /* its supplementary groups; not owned */
	size_t group_count;
	gid_t *own_groups; /* what gl_host_init() found, freed by gl_host_done() */
	bool secure;	   /* AT_SECURE would be set: LD_LIBRARY_PATH and the like are ignored */
	/*
	 * A bundle's lib directory (absolute, inside the root; not owned): its loader
	 * stands for the one a program names, and it is searched first, as if it led
	 * the program's DT_RPATH (launcher/loader does that); the program's DT_RUNPATH
	 * counts as DT_RPATH then.  Without colon and dollar, which such a list cannot
	 * hold.  NULL: none.
	 */
	const char *loader_dir;
	/*
	 * Only libraries that every CPU of the machine runs: the sub-directories and
	 * cache entries for better ones (glibc-hwcaps, and those of before 2.37) are
	 * passed over.  For a bundle that will travel.  A cpu_level of 1 would not do:
	 * it says what this CPU has, and programs are judged by it.
	 */
	bool baseline;
	uint64_t denied_caps; /* capabilities it can never have, besides those that we cannot */
	unsigned kernel[3];   /* from uname(2) */
	unsigned cpu_level;   /* 0: not asked yet; see gl_host_cpu_level() */
};

/* The machine we run on, as the calling process; env is kept, not copied.  Takes no descriptor for "/". */
int gl_host_init(struct gl_host *host, char *const *env, struct gl_err *err) GL_MUST_CHECK;
/* The same machine, but with the files below the directory root (for check --sysroot and tests). */
int gl_host_init_root(struct gl_host *host, const char *root, char *const *env,
		      struct gl_err *err) GL_MUST_CHECK;
void gl_host_done(struct gl_host *host) GL_NONNULL;

/* A variable of the program's environment, or NULL. */
const char *gl_host_env(const struct gl_host *host, const char *name) GL_NONNULL;
/* The CPU's level, asked once and kept. */
unsigned gl_host_cpu_level(struct gl_host *host) GL_NONNULL;
/* Is the kernel older than floor: major, minor, patch? */
bool gl_host_kernel_is_below(const struct gl_host *host, const unsigned floor[3]) GL_NONNULL;
/* PRETTY_NAME of /etc/os-release (or /usr/lib/os-release) into buf, "" if unknown; escaped text. */
void gl_host_os_name(const struct gl_host *host, char *buf, size_t size) GL_NONNULL;
