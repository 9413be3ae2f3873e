/*
 * Opening what a process has mapped: see proc/caller_program.h.
 *
 * By /proc/TID/exe, which is right whatever has become of the file's name, or by
 * the mapping's name below /proc/TID/root.  The name may be another file's by now, so
 * the bytes in memory are compared with the file's.
 */
#include "proc/caller_program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

#define COMPARED 16 /* bytes */

static void close_program(struct gl_caller_program *p)
{
	gl_pclntab_free(p->table);
	gl_image_free(p->image);
	gl_fd_close(&p->fd);
	*p = (struct gl_caller_program){.fd = -1};
}

void gl_callers_init(struct gl_callers *callers)
{
	*callers = (struct gl_callers){.next = 0};
	for (size_t i = 0; i < GL_CALLER_PROGRAMS; i++)
		callers->programs[i].fd = -1;
}

void gl_callers_done(struct gl_callers *callers)
{
	for (size_t i = 0; i < GL_CALLER_PROGRAMS; i++)
		close_program(&callers->programs[i]);
}

/* Is this the name of the file that the process executes? */
static bool is_exe(pid_t tid, const char *path)
{
	char link[32], exe[GL_MAPPING_PATH];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)tid);
	n = readlink(link, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	return !strcmp(exe, path);
}

/* A descriptor of the mapped file, or < 0.  What has its name by now was chosen by the program. */
static int open_mapped(const struct gl_waiter *w, const char *path)
{
	char name[GL_MAPPING_PATH + 32];

	if (is_exe(w->tid, path))
		snprintf(name, sizeof(name), "/proc/%d/exe", (int)w->tid);
	else
		snprintf(name, sizeof(name), "/proc/%d/root%s", (int)w->tid, path);
	return gl_file_open_regular(name);
}

static struct gl_caller_program *find_open(struct gl_callers *callers, const struct stat *st)
{
	for (size_t i = 0; i < GL_CALLER_PROGRAMS; i++) {
		struct gl_caller_program *p = &callers->programs[i];

		if (p->fd >= 0 && p->dev == st->st_dev && p->ino == st->st_ino)
			return p;
	}
	return NULL;
}

/* Takes the descriptor.  Returns NULL if it is no ELF file. */
static struct gl_caller_program *open_program(struct gl_callers *callers, int fd, const struct stat *st)
{
	struct gl_caller_program *p = &callers->programs[callers->next];
	struct gl_err err = GL_ERR_INIT;

	close_program(p);
	*p = (struct gl_caller_program){.dev = st->st_dev, .ino = st->st_ino, .fd = fd};
	if (gl_fd_raise(&p->fd, &err) < 0 || gl_image_open(p->fd, &p->image, &err) < 0) {
		close_program(p);
		return NULL;
	}
	if (gl_pclntab_open(p->image, &p->table, &err) != GL_PCLNTAB_OPEN)
		p->table = NULL;
	callers->next = (callers->next + 1) % GL_CALLER_PROGRAMS;
	return p;
}

static const struct gl_caller_program *program_of(struct gl_callers *callers, const struct gl_waiter *w,
						  const char *path)
{
	struct gl_caller_program *p;
	struct stat st;
	int fd = open_mapped(w, path);

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	p = find_open(callers, &st);
	if (!p)
		return open_program(callers, fd, &st);
	gl_fd_close(&fd);
	return p;
}

/* The address in the file of a byte at an offset of it. */
static bool vaddr_of(const struct gl_image *image, uint64_t offset, uint64_t *ret)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);

	for (size_t i = 0; i < count; i++)
		if (segments[i].type == PT_LOAD && offset - segments[i].offset < segments[i].filesz) {
			*ret = segments[i].vaddr + (offset - segments[i].offset);
			return true;
		}
	return false;
}

/* The bytes before the address: a call has been executed there. */
static bool is_same_code(const struct gl_caller_program *p, const struct gl_waiter *w, uint64_t address,
			 uint64_t offset)
{
	unsigned char memory[COMPARED], file[COMPARED];

	return offset >= COMPARED &&
	       gl_waiter_read((void *)(uintptr_t)w, address - COMPARED, memory, COMPARED) == 0 &&
	       gl_image_read(p->image, offset - COMPARED, file, COMPARED) == 0 &&
	       !memcmp(memory, file, COMPARED);
}

bool gl_caller_place_find(struct gl_callers *callers, const struct gl_waiter *waiter, uint64_t address,
			  struct gl_caller_place *ret)
{
	struct gl_mapping mapping;
	uint64_t vaddr;

	if (gl_mapping_find(waiter->tid, address, &mapping) != 0 || mapping.path[0] != '/' ||
	    !gl_waiter_is_valid(waiter))
		return false;
	memcpy(ret->path, mapping.path, sizeof(ret->path));
	ret->executable = mapping.executable;
	ret->offset = address - mapping.start + mapping.offset;
	ret->program = program_of(callers, waiter, mapping.path);
	if (!ret->program)
		return true;
	if (vaddr_of(ret->program->image, ret->offset, &vaddr) &&
	    is_same_code(ret->program, waiter, address, ret->offset))
		ret->bias = address - vaddr;
	else
		ret->program = NULL;
	return true;
}
