/*
 * runtime.firstmoduledata, the record in which the linker tells the runtime where
 * everything is.  No symbol leads to it in a stripped program, but it tells how
 * many functions there are, twice (length and capacity of the slice ftab), beside
 * pointers into the pclntab: that is looked for in the writable segments.  Since
 * Go 1.26 it is a section of its own.
 *
 * Its fields moved with the versions (runtime/symtab.go); those needed here:
 *
 *		ftab.len	text	gofunc
 *	1.15	32		96
 *	1.16	136		176
 *	1.18	136		176	304
 *	1.20	136		176	320
 *	1.27	136		176	344
 */
#include <elf.h>
#include <errno.h>

#include "gobin/pclntab_private.h"
#include "gobin/private.h"

#define SECTION ".go.module"
#define ABSENT	UINT64_MAX
#define TRIES	64 /* places that are looked at */

struct fields {
	uint16_t names, functab, count, text; /* offsets; names 0: at the table's start */
};

static const struct fields single = {.functab = 24, .count = 32, .text = 96};
static const struct fields parted = {.names = 8, .functab = 128, .count = 136, .text = 176};

static const struct fields *fields_of(const struct gl_pclntab *t)
{
	return t->layout->tables ? &parted : &single;
}

/* Does the pointer at that address lead to that offset of the table?  Returns 0, 1: no, or -errno. */
static int leads_to(const struct gl_pclntab *t, uint64_t vaddr, uint64_t offset)
{
	uint64_t value;
	int r = gl_gobin_pointer(t, vaddr, &value);

	return r ? r : value != t->address + offset;
}

/* Is the record at that address?  Returns 0, 1: no, or -errno. */
static int is_moduledata(const struct gl_pclntab *t, uint64_t vaddr)
{
	const struct fields *f = fields_of(t);
	unsigned char bytes[16];
	int r = gl_image_read_vaddr(t->image, vaddr + f->count, bytes, sizeof(bytes));

	if (r)
		return r == -ERANGE ? 1 : r;
	if (gl_image_value(t->image, bytes, 8) != t->count + 1 ||
	    gl_image_value(t->image, bytes + 8, 8) != t->count + 1)
		return 1;
	r = leads_to(t, vaddr, 0);
	if (!r && f->names)
		r = leads_to(t, vaddr + f->names, t->names.start);
	return r ? r : leads_to(t, vaddr + f->functab, t->functab.start);
}

struct scan {
	struct gl_pclntab *t;
	const struct gl_segment *segment;
	unsigned tries;
	uint64_t found;
};

/* Ends the scan with 3 at the record. */
static int look(const unsigned char *bytes, size_t len, uint64_t offset, void *arg)
{
	struct scan *s = arg;
	uint64_t count = s->t->count + 1, before = fields_of(s->t)->count;

	for (size_t i = 0; i + 16 <= len; i += 8) {
		uint64_t vaddr = s->segment->vaddr + (offset + i - s->segment->offset) - before, words[2];
		int r;

		memcpy(words, bytes + i, sizeof(words));
		if (words[0] != count || words[1] != count)
			continue;
		if (s->tries++ == TRIES)
			return 2;
		r = is_moduledata(s->t, vaddr);
		if (r == 0)
			s->found = vaddr;
		if (r <= 0)
			return r ? r : 3;
	}
	return 0;
}

/* Returns 0, 1: not there, or -errno. */
static int scan_segments(struct gl_pclntab *t, uint64_t *ret)
{
	struct scan scan = {.t = t};
	uint64_t budget = GL_PCLNTAB_MAX_SCAN;
	size_t count;
	const struct gl_segment *segments = gl_image_segments(t->image, &count);

	for (size_t i = 0; i < count; i++) {
		int r;

		scan.segment = &segments[i];
		if (scan.segment->type != PT_LOAD || !(scan.segment->flags & PF_W))
			continue;
		r = gl_gobin_scan(t->image, scan.segment->offset, scan.segment->filesz, &budget, look, &scan);
		if (r == 3)
			*ret = scan.found;
		if (r)
			return r == 3 ? 0 : r < 0 ? r : 1;
	}
	return 1;
}

static int find(struct gl_pclntab *t, uint64_t *ret)
{
	uint64_t offset, vaddr, size;
	int r = gl_image_section(t->image, SECTION, &offset, &vaddr, &size);

	if (!r)
		r = is_moduledata(t, vaddr);
	if (r <= 0) {
		*ret = vaddr;
		return r;
	}
	return scan_segments(t, ret);
}

int gl_moduledata(struct gl_pclntab *t, uint64_t *ret)
{
	if (t->moduledata == 0) {
		int r = find(t, &t->moduledata);

		if (r < 0)
			return r;
		if (r)
			t->moduledata = ABSENT;
	}
	*ret = t->moduledata;
	return t->moduledata == ABSENT;
}

int gl_moduledata_text(struct gl_pclntab *t, uint64_t *ret)
{
	uint64_t moduledata, text = 0;
	int r = gl_moduledata(t, &moduledata);

	if (!r)
		r = gl_gobin_pointer(t, moduledata + fields_of(t)->text, &text);
	if (r)
		return r;
	*ret = text;
	return !gl_gobin_mapped(t->image, text, PF_X);
}

/*
 * Two places since 1.20: since 1.27 it leads into the table itself, in older
 * programs the word there is part of a slice and small.
 */
static const struct {
	uint8_t call_size; /* tells the layouts apart */
	uint16_t offset;
	bool inside;
} places[] = {
	{20, 304, false},
	{16, 344, true},
	{16, 320, false},
};

static int find_funcdata(struct gl_pclntab *t, uint64_t *ret)
{
	uint64_t moduledata, value;
	int r = gl_moduledata(t, &moduledata);

	for (size_t i = 0; !r && i < GL_ARRAY_SIZE(places); i++) {
		if (places[i].call_size != t->layout->call_size)
			continue;
		r = gl_gobin_pointer(t, moduledata + places[i].offset, &value);
		if (!r && gl_gobin_mapped(t->image, value, PF_R) &&
		    (!places[i].inside || (value > t->address && value - t->address < t->length))) {
			*ret = value;
			return 0;
		}
	}
	return r ? r : 1;
}

int gl_moduledata_funcdata(struct gl_pclntab *t, uint64_t *ret)
{
	if (t->funcdata == 0) {
		int r = find_funcdata(t, &t->funcdata);

		if (r < 0)
			return r;
		if (r)
			t->funcdata = ABSENT;
	}
	*ret = t->funcdata;
	return t->funcdata == ABSENT;
}
