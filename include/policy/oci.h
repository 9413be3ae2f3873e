/*
 * OCI seccomp profiles in JSON: Docker's, Podman's, Kubernetes' and the
 * "linux.seccomp" of an OCI config.json.
 *
 * What they mean is what Docker (profiles/seccomp/seccomp_linux.go), Podman
 * (containers/common, pkg/seccomp) and runc (libcontainer/seccomp) make of them:
 *
 *	- "includes" must all hold, one of "excludes" is enough; capabilities are
 *	  those of the bounding set, minKernel compares major and minor release
 *	- an argument that is tested twice in one entry is an "or" of all tests of
 *	  that entry, as runc has it
 *	- an entry whose action is the default action does nothing
 *	- without "architectures" and "archMap" only the machine's own ABI is served,
 *	  and calls of others kill
 *	- of the entries that name a call, one without tests goes before those with
 *	  (libseccomp keeps the more general rule), else the first decides
 *	- calls later than every call that is named answer ENOSYS, unless the default
 *	  is to allow (runc goes by numbers, golaunch by kernel releases)
 *
 * Where golaunch's policies differ: x32 calls always answer ENOSYS or kill,
 * SCMP_ACT_KILL kills the process and not one thread, execve and execveat are
 * decided together, clone3 answers ENOSYS where the default would answer it, and
 * exit_group and the like always pass.
 */
#pragma once

#include "policy/converted.h"

#define GL_OCI_MAX_ENTRIES 4096
#define GL_OCI_MAX_TESTS   64 /* in one entry */

/* Is this text a JSON object? */
bool gl_oci_is(const char *text) GL_NONNULL;

/*
 * Makes a profile into golaunch's own language.  name stands for it in messages.
 * Every field is understood or refused.  Returns 0; -EINVAL: it is no profile, or
 * says what no policy of golaunch can (SCMP_ACT_NOTIFY ...); -ENOENT: an unknown
 * name that is near a known one; -E2BIG; -ENOMEM.  Names of calls and
 * capabilities that are near none are taken for later than this golaunch: a
 * warning.  converted must be GL_CONVERTED_INIT, its warnings and notes aside.
 */
int gl_oci_read(const struct gl_machine_calls *machine, const char *name, const char *json,
		struct gl_converted *converted, struct gl_err *err) GL_MUST_CHECK;

/*
 * Writes a policy as a profile with the dialect of Docker and Podman ("includes",
 * "excludes"), where the policy has conditions on capabilities or the kernel; else
 * it is plain OCI.  losses: what the format cannot say, one line each; NULL: they
 * are not wanted.  Returns 0, -E2BIG (tests of arguments beyond all
 * measure), or -ENOMEM.
 */
int gl_oci_write(const struct gl_policy *policy, struct gl_buf *json, struct gl_buf *losses,
		 struct gl_err *err) GL_MUST_CHECK;
