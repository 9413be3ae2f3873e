/*
 * Docker's default profile and golaunch's preset "default" side by side: every
 * system call of a machine, what either answers, and why where they differ.
 */
#pragma once

#include <stdio.h>

#include "tests/lib/docker_compare.h"

/* What a table says in numbers. */
struct gl_docker_summary {
	size_t calls;
	size_t docker_stops,
		golaunch_stops; /* never allowed, whatever the arguments: with Docker's capabilities */
	size_t different;	/* calls of which something is answered otherwise */
	size_t unexplained;	/* and no line of the list says why */
};

/*
 * Writes the table of a machine's own ABI.  json: the profile's text.  Returns
 * false, with a message on stderr, where it cannot.
 */
bool gl_docker_table(const char *json, const struct gl_docker_machine *machine,
		     const struct gl_docker_differences *differences, FILE *out,
		     struct gl_docker_summary *ret);
