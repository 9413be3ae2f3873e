/*
 * Where is the pclntab, the table of program counters and functions that every
 * program of the gc toolchain carries?  It starts with
 *
 *	magic (4 bytes)  0 0  instruction quantum  pointer size  number of functions
 *
 * in the machine's byte order (Go's debug/gosym/pclntab.go); garble replaces the
 * magic by a number of its own and leaves the rest.
 */
#include <elf.h>
#include <errno.h>

#include "gobin/pclntab_private.h"
#include "gobin/private.h"

#define MAGIC_ROOM    8
#define FUNCTIONS_MAX 10000000
#define TRIES	      64 /* places that look like a table and are refused, in one scan */

/* Go 1.2, 1.16, 1.18, 1.20 and later. */
static const uint32_t magics[] = {0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1};

/* Go's linkers use the first two; the third holds it where GNU ld merged it (-buildmode=pie until 1.25). */
static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab"};
static const char merged_section[] = ".data.rel.ro";

/* Every program of the gc toolchain has this one, and hardly another does: it keeps others from a scan for nothing. */
static const char go_section[] = ".noptrdata";

static bool has_magic(const struct gl_image *image, const unsigned char *head)
{
	uint64_t magic = gl_image_value(image, head, 4);

	for (size_t i = 0; i < GL_ARRAY_SIZE(magics); i++)
		if (magics[i] == magic)
			return true;
	return false;
}

/* All but the magic; pointer sizes other than the class's own do not exist on Linux. */
static bool has_shape(const struct gl_image *image, const unsigned char *head, uint64_t offset)
{
	unsigned char quantum = head[6], pointer = head[7];
	unsigned char count[8];
	uint64_t functions;

	if (head[4] || head[5] || (quantum != 1 && quantum != 2 && quantum != 4) ||
	    pointer != (gl_image_header(image)->elf_class == ELFCLASS64 ? 8 : 4))
		return false;
	if (gl_image_read(image, offset + MAGIC_ROOM, count, pointer))
		return false;
	functions = gl_image_value(image, count, pointer);
	return functions > 0 && functions < FUNCTIONS_MAX;
}

int gl_pclntab_any(const struct gl_image *image, uint64_t offset, void *arg)
{
	(void)image;
	(void)offset;
	(void)arg;
	return 3;
}

struct scan {
	const struct gl_image *image;
	gl_pclntab_accept_fn accept;
	void *arg;
	unsigned tries;
};

/* Ends the scan with 3 at the first table that is accepted; they are aligned to at least 8 bytes. */
static int look(const unsigned char *bytes, size_t len, uint64_t offset, void *arg)
{
	struct scan *scan = arg;

	for (size_t i = 0; i + MAGIC_ROOM <= len; i += MAGIC_ROOM) {
		int r;

		if (bytes[i + 4] || bytes[i + 5] || !has_magic(scan->image, bytes + i) ||
		    !has_shape(scan->image, bytes + i, offset + i))
			continue;
		if (scan->tries++ == TRIES)
			return 2;
		r = scan->accept(scan->image, offset + i, scan->arg);
		if (r)
			return r;
	}
	return 0;
}

/* What a scan came to: 0: nothing there. */
static int scanned(int r, enum gl_pclntab_presence *ret)
{
	if (r < 0)
		return r;
	if (r)
		*ret = r == 3 ? GL_PCLNTAB_PRESENT : GL_PCLNTAB_UNDECIDED;
	return 0;
}

static int scan_merged(struct scan *scan, uint64_t budget, enum gl_pclntab_presence *ret)
{
	uint64_t offset, vaddr, size;

	*ret = GL_PCLNTAB_ABSENT;
	if (gl_image_section(scan->image, go_section, &offset, &vaddr, &size) ||
	    gl_image_section(scan->image, merged_section, &offset, &vaddr, &size))
		return 0;
	return scanned(gl_gobin_scan(scan->image, offset, size, &budget, look, scan), ret);
}

/* Is there a table at that offset?  Returns 1: no, 0 and the answer, or -errno. */
static int try_place(const struct scan *scan, uint64_t offset, enum gl_pclntab_presence *ret)
{
	unsigned char head[MAGIC_ROOM];
	int r = gl_image_read(scan->image, offset, head, sizeof(head));

	if (r)
		return r == -ERANGE ? 1 : r;
	if (!has_shape(scan->image, head, offset))
		return 1;
	if (!has_magic(scan->image, head)) {
		*ret = GL_PCLNTAB_DISGUISED;
		return 0;
	}
	r = scan->accept(scan->image, offset, scan->arg);
	if (r <= 0)
		return r ? r : 1;
	*ret = GL_PCLNTAB_PRESENT;
	return 0;
}

int gl_pclntab_by_section(const struct gl_image *image, uint64_t budget, gl_pclntab_accept_fn accept,
			  void *arg, enum gl_pclntab_presence *ret)
{
	struct scan scan = {image, accept, arg, 0};
	uint64_t offset, vaddr, size;

	for (size_t i = 0; i < GL_ARRAY_SIZE(sections); i++) {
		int r = gl_image_section(image, sections[i], &offset, &vaddr, &size);

		if (!r)
			r = try_place(&scan, offset, ret);
		if (r <= 0)
			return r;
	}
	return scan_merged(&scan, budget, ret);
}

/* Read-only data first: that is where it is but in position-independent programs. */
static const uint32_t passes[] = {0, PF_W};

int gl_pclntab_by_scan(const struct gl_image *image, uint64_t budget, gl_pclntab_accept_fn accept, void *arg,
		       enum gl_pclntab_presence *ret)
{
	struct scan scan = {image, accept, arg, 0};
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);

	*ret = GL_PCLNTAB_ABSENT;
	for (size_t pass = 0; pass < GL_ARRAY_SIZE(passes); pass++)
		for (size_t i = 0; i < count; i++) {
			const struct gl_segment *s = &segments[i];
			int r;

			if (s->type != PT_LOAD || (s->flags & (PF_W | PF_X)) != passes[pass])
				continue;
			r = scanned(gl_gobin_scan(image, s->offset, s->filesz, &budget, look, &scan), ret);
			if (r || *ret != GL_PCLNTAB_ABSENT)
				return r;
		}
	return 0;
}
