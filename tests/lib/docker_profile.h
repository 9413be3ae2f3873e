/*
 * Docker's seccomp profile (profiles/seccomp/default.json) as Docker and runc
 * put it on a container, for tests to compare with.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gl_docker_case {
	const char *machine; /* as Docker says: "amd64", "arm64" */
	uint64_t caps;	     /* of the container: its bounding set */
	uint32_t kernel;     /* GL_KERNEL() */
	bool tree;	     /* as libseccomp's binary tree, which runc asks for; else as its list */
};

struct gl_docker_filter {
	struct sock_filter *insns; /* owned */
	size_t count;
};

/*
 * Compiles the profile by libseccomp, as Docker 26 selects the rules
 * (seccomp_linux.go) and runc adds them (libcontainer/seccomp).  json is the
 * file's text.  Returns false, with a message on stderr, if it cannot.
 */
bool gl_docker_compile(const char *json, const struct gl_docker_case *what, struct gl_docker_filter *ret);
void gl_docker_done(struct gl_docker_filter *filter);

/*
 * The highest call number that the profile names for an ABI: runc lets higher
 * ones answer ENOSYS (libcontainer/seccomp/patchbpf).
 */
unsigned gl_docker_highest(const char *json, const struct gl_docker_case *what, uint32_t arch);
