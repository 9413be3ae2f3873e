/*
 * "golaunch bundle create": a loader and libraries that travel with a program.
 *
 * Everything a program needs is taken from one host's view: the closure of its
 * DT_NEEDED, and what libc loads by name later (NSS modules, libgcc_s), all
 * without the sub-directories for better CPUs, so that the bundle runs where
 * the program does.  Copies lose their DT_RPATH and DT_RUNPATH.  The same input
 * gives the same bytes.  The result appears whole under its name or not at all.
 * Depends on: base, arch, elf, gobin, host, diag.
 */
#pragma once

#include "bundle/manifest.h"
#include "diag/finding.h"

struct gl_bundle_request {
	char *const *programs; /* none: a bundle of libc alone, to be installed */
	size_t program_count;
	const char *output;  /* NULL: NAME.bundle beside the first program; needed without programs */
	const char *sysroot; /* --from, or NULL: this host */
	const char *libc; /* --libc: the libc (or its directory) to take with the loader beside it, or NULL */
	bool musl;	  /* without programs: musl's, not glibc's */
	bool gconv;	  /* iconv's modules too */
};

/*
 * Makes it.  What is wrong with the programs (not dynamic, a library missing, two
 * libcs) is findings, and then nothing is written.  env is golaunch's own: of it
 * SOURCE_DATE_EPOCH is the latest time of its files.  A bundle of that name is
 * replaced, anything else is left alone (bundle/tree.h).  Returns 0 with *ret_dir
 * (absolute; free() it) and *ret the manifest; 1: findings say why not; -EINVAL:
 * no such request; another -errno: could not be read or written, and nothing is
 * left behind.
 */
int gl_bundle_create(const struct gl_bundle_request *request, char *const *env, char **ret_dir,
		     struct gl_manifest *ret, struct gl_findings *findings, struct gl_err *err) GL_MUST_CHECK;
