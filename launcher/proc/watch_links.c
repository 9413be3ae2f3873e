/*
 * Which file an address of the program is in, where /proc/PID/maps is closed to us:
 * root without CAP_SYS_PTRACE may trace another user's program, but not read that.
 *
 * The dynamic loader keeps a list for debuggers (glibc and musl, <link.h>: r_debug,
 * which the program's DT_DEBUG leads to): what was loaded where, by which name.  How
 * far each goes is in its program headers, which it has in memory.  All of it is the
 * program's, so nothing is believed but what a name may be wrong by, and every walk
 * has an end.
 */
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "proc/watch_private.h"

#define ENTRIES_MAX 256 /* of a dynamic section */
#define OBJECTS_MAX 512
#define HEADERS_MAX 32

/* The begin of struct link_map. */
struct link {
	uint64_t bias, name, dynamic, next;
};

static int load(const struct gl_watch *w, uint64_t at, void *bytes, size_t len)
{
	return gl_tracee_read(w->pid, at, bytes, len);
}

/* The value of a tag in the dynamic section that the program's own program headers tell of. */
static uint64_t dynamic_value(const struct gl_watch *w, int64_t tag)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(w->target->image, &count);
	uint64_t at = 0;
	Elf64_Dyn entry;

	for (size_t i = 0; i < count; i++)
		if (segments[i].type == PT_DYNAMIC)
			at = segments[i].vaddr + w->record.bias;
	for (unsigned i = 0; at && i < ENTRIES_MAX; i++, at += sizeof(entry)) {
		if (load(w, at, &entry, sizeof(entry)) || entry.d_tag == DT_NULL)
			break;
		if (entry.d_tag == tag)
			return entry.d_un.d_ptr;
	}
	return 0;
}

/* Is the address in what was loaded there?  Then *ret is its place in the file. */
static bool holds(const struct gl_watch *w, uint64_t bias, uint64_t address, uint64_t *ret)
{
	Elf64_Ehdr head;
	Elf64_Phdr segment;

	if (load(w, bias, &head, sizeof(head)) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_phentsize != sizeof(segment))
		return false;
	for (uint64_t i = 0; i < GL_MIN(head.e_phnum, HEADERS_MAX); i++) {
		if (load(w, bias + head.e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
			return false;
		if (segment.p_type != PT_LOAD || address - bias - segment.p_vaddr >= segment.p_memsz)
			continue;
		*ret = address - bias - segment.p_vaddr + segment.p_offset;
		return true;
	}
	return false;
}

static enum gl_watch_place place_of(const struct gl_watch *w, const struct link *link)
{
	if (w->record.interpreter && link->bias == w->record.interpreter)
		return GL_WATCH_PLACE_INTERPRETER;
	return GL_WATCH_PLACE_FILE;
}

bool gl_watch_links_find(const struct gl_watch *w, uint64_t address, struct gl_watch_mapping *ret)
{
	struct gl_watch_mapping found = {.place = GL_WATCH_PLACE_UNKNOWN};
	uint64_t at = w->target ? dynamic_value(w, DT_DEBUG) : 0;
	struct link link;

	if (!at || load(w, at + offsetof(struct r_debug, r_map), &at, sizeof(at)))
		return false;
	for (unsigned i = 0; at && i < OBJECTS_MAX; i++, at = link.next) {
		if (load(w, at, &link, sizeof(link)))
			return false;
		if (!holds(w, link.bias, address, &found.offset))
			continue;
		found.place = place_of(w, &link);
		if (!gl_watch_string(w, link.name, found.path, sizeof(found.path)))
			return false;
		*ret = found;
		return true;
	}
	return false;
}
