/*
 * One line of /proc/PID/maps: see proc/mapping.h.
 *
 * The text is read in pieces; the kernel ends each piece with a whole line, but
 * does not promise to, so the begin of an unfinished line is kept for the next one.
 */
#include "proc/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define ROOM (2 * GL_MAPPING_PATH) /* a line is shorter than a path and a page */

struct reading {
	int fd;
	size_t len;
	char text[ROOM + 1];
};

/* 00400000-0040b000 r-xp 00001000 08:01 1234    /usr/bin/cat */
static bool parse(const char *line, struct gl_mapping *ret)
{
	char flags[5];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &ret->start, &ret->end, flags,
		   &ret->offset, &at) < 4 ||
	    at == 0)
		return false;
	ret->executable = strchr(flags, 'x') != NULL;
	snprintf(ret->path, sizeof(ret->path), "%s", line + at);
	return true;
}

/* The whole lines there are; what follows the last is moved to the front.  Returns whether it was found. */
static bool look(struct reading *r, uint64_t address, struct gl_mapping *ret)
{
	char *line = r->text, *end;

	r->text[r->len] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (parse(line, ret) && address >= ret->start && address < ret->end)
			return true;
	}
	r->len -= (size_t)(line - r->text);
	memmove(r->text, line, r->len);
	return false;
}

int gl_mapping_find(pid_t pid, uint64_t address, struct gl_mapping *ret)
{
	gl_autoclose int fd = -1;
	struct reading r = {.len = 0};
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (r.len < ROOM) {
		ssize_t n = read(fd, r.text + r.len, ROOM - r.len);

		if (n <= 0)
			return n < 0 ? -errno : 1;
		r.len += (size_t)n;
		if (look(&r, address, ret))
			return 0;
	}
	return 1;
}
