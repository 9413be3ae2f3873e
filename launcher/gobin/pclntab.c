/*
 * Opening a pclntab: which of its four layouts it has, where its parts are, and
 * whether they can be what they say.
 *
 * Opening reads the header, the first entry and the last one, and no more:
 * everything else is read, and checked, when it is asked for.  What a layout is
 * differs by version only in numbers, so it is a table of numbers.
 */
#include "gobin/pclntab.h"

#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "gobin/pclntab_private.h"

static const struct gl_pclntab_layout layouts[] = {
	/* Go 1.2 to 1.15 (the rest of them as in 1.15) */
	{
		.magic = 0xfffffffb,
		.header = 16,
		.pc_size = 8,
		.func_size = 40,
		.name = 8,
		.pcsp = 20,
		.pcfile = 24,
		.pcln = 28,
		.npcdata = 32,
		.nfuncdata = 39,
		.funcdata_size = 8,
		.inline_tree = 4,
		.call_size = 20,
		.call_name = 12,
		.call_parent = 16,
	},
	/* 1.16, 1.17 */
	{
		.magic = 0xfffffffa,
		.tables = 24,
		.header = 64,
		.pc_size = 8,
		.func_size = 44,
		.name = 8,
		.pcsp = 20,
		.pcfile = 24,
		.pcln = 28,
		.npcdata = 32,
		.unit = 36,
		.nfuncdata = 43,
		.funcdata_size = 8,
		.inline_tree = 3,
		.call_size = 20,
		.call_name = 12,
		.call_parent = 16,
	},
	/* 1.18, 1.19 */
	{
		.magic = 0xfffffff0,
		.text = 24,
		.tables = 32,
		.header = 72,
		.pc_size = 4,
		.func_size = 40,
		.name = 4,
		.pcsp = 16,
		.pcfile = 20,
		.pcln = 24,
		.npcdata = 28,
		.unit = 32,
		.nfuncdata = 39,
		.funcdata_size = 4,
		.inline_tree = 3,
		.call_size = 20,
		.call_name = 12,
		.call_parent = 16,
	},
	/* 1.20 to 1.27; the text is 0 since 1.26 */
	{
		.magic = 0xfffffff1,
		.text = 24,
		.tables = 32,
		.header = 72,
		.pc_size = 4,
		.func_size = 44,
		.name = 4,
		.pcsp = 16,
		.pcfile = 20,
		.pcln = 24,
		.npcdata = 28,
		.unit = 32,
		.nfuncdata = 43,
		.funcdata_size = 4,
		.inline_tree = 3,
		.call_size = 16,
		.call_name = 4,
		.call_parent = 8,
	},
};

static const struct gl_pclntab_layout *find_layout(uint64_t magic)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(layouts); i++)
		if (layouts[i].magic == magic)
			return &layouts[i];
	return NULL;
}

/* Where in memory the bytes at t->offset are, and how far the segment that takes them goes on. */
static bool place(struct gl_pclntab *t)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(t->image, &count);
	uint64_t size = gl_image_size(t->image);

	for (size_t i = count; i-- > 0;) {
		const struct gl_segment *s = &segments[i];

		if (s->type != PT_LOAD || t->offset < s->offset || t->offset - s->offset >= s->filesz ||
		    s->offset > size || s->filesz > size - s->offset)
			continue;
		t->length = s->filesz - (t->offset - s->offset);
		t->address = s->vaddr + (t->offset - s->offset);
		return true;
	}
	return false;
}

/* The five parts that follow each other (Go 1.16 on). */
static int read_parts(struct gl_pclntab *t)
{
	struct gl_pclntab_part *const parts[] = {&t->names, &t->units, &t->files, &t->values, &t->functab};
	size_t count = GL_ARRAY_SIZE(parts);

	for (size_t i = 0; i < count; i++) {
		uint64_t floor = i ? parts[i - 1]->start : t->layout->header;
		int r = gl_pclntab_word(t, t->layout->tables + 8 * i, 8, &parts[i]->start);

		if (r)
			return r;
		if (parts[i]->start < floor || parts[i]->start > t->length)
			return 1;
		if (i)
			parts[i - 1]->end = parts[i]->start;
	}
	parts[count - 1]->end = t->length;
	return t->names.end - t->names.start > GL_PCLNTAB_MAX_NAMES;
}

/* Go 1.15: all in one, a word behind the functab says where the names of files are. */
static int read_single(struct gl_pclntab *t)
{
	const struct gl_pclntab_part all = {0, t->length};
	uint64_t after = t->layout->header + t->count * 16 + 8;
	uint32_t files;
	int r = gl_pclntab_u32(t, after, &files);

	if (r)
		return r;
	if (files < after || files > t->length || files - after > GL_PCLNTAB_MAX_NAMES)
		return 1;
	t->values = t->units = t->files = t->names = t->functab = all;
	t->names.end = t->units.start = files;
	t->functab.start = t->layout->header;
	return 0;
}

/* Where the text starts: the header says so in 1.18 to 1.25, the moduledata always. */
static int read_text(struct gl_pclntab *t)
{
	int r = 0;

	if (t->layout->text)
		r = gl_gobin_pointer(t, t->address + t->layout->text, &t->text);
	if (r || !t->layout->text || t->text != 0)
		return r;
	return gl_moduledata_text(t, &t->text);
}

/* Do the first and the last entry lead into the text, in that order? */
static int check_functab(const struct gl_pclntab *t)
{
	uint64_t size = 2 * (uint64_t)t->layout->pc_size, first, end;
	struct gl_func func;
	int r;

	if (t->count == 0 || t->count > GL_PCLNTAB_MAX_FUNCTIONS ||
	    (t->functab.end - t->functab.start) / size <= t->count)
		return 1;
	r = gl_functab_pc(t, 0, &first);
	if (!r)
		r = gl_functab_pc(t, t->count, &end);
	if (!r)
		r = gl_functab_func(t, t->count - 1, &func);
	if (r)
		return r;
	return first >= end || !gl_gobin_mapped(t->image, first, PF_X) ||
	       !gl_gobin_mapped(t->image, end - 1, PF_X);
}

/* Returns 0: it is a table, 1: it is none that can be read, or -errno. */
static int read_header(struct gl_pclntab *t)
{
	unsigned char head[16];
	int r;

	if (!place(t))
		return 1;
	r = gl_relocations_read(t->image, &t->relocations);
	if (!r)
		r = gl_pclntab_read(t, 0, head, sizeof(head));
	if (r)
		return r;
	t->layout = find_layout(gl_image_value(t->image, head, 4));
	t->quantum = head[6];
	t->count = gl_image_value(t->image, head + 8, 8);
	if (!t->layout || t->quantum == 0 || t->count > GL_PCLNTAB_MAX_FUNCTIONS)
		return 1;
	r = t->layout->tables ? read_parts(t) : read_single(t);
	if (!r)
		r = read_text(t);
	return r ? r : check_functab(t);
}

/* For the finder: 3: this is it, 0: it is none. */
static int accept(const struct gl_image *image, uint64_t offset, void *arg)
{
	struct gl_pclntab *t = arg, fresh = {.image = image, .offset = offset};
	int r = read_header(&fresh);

	if (r < 0)
		return r;
	if (r) {
		/* remembered: there was something */
		t->length = 1;
		return 0;
	}
	*t = fresh;
	return 3;
}

/* Returns an enum gl_pclntab_answer or -errno. */
static int locate(struct gl_pclntab *t)
{
	static const enum gl_pclntab_answer answers[] = {
		[GL_PCLNTAB_ABSENT] = GL_PCLNTAB_NONE,
		[GL_PCLNTAB_PRESENT] = GL_PCLNTAB_OPEN,
		[GL_PCLNTAB_DISGUISED] = GL_PCLNTAB_OBFUSCATED,
		[GL_PCLNTAB_UNDECIDED] = GL_PCLNTAB_NONE,
	};
	enum gl_pclntab_presence presence = GL_PCLNTAB_ABSENT;
	int r = gl_image_has_sections(t->image)
			? gl_pclntab_by_section(t->image, GL_PCLNTAB_MAX_SCAN, accept, t, &presence)
			: gl_pclntab_by_scan(t->image, GL_PCLNTAB_MAX_SCAN, accept, t, &presence);

	if (r < 0)
		return r;
	if (answers[presence] == GL_PCLNTAB_NONE && t->length)
		return GL_PCLNTAB_UNSUPPORTED;
	return (int)answers[presence];
}

static bool is_supported(const struct gl_image *image)
{
	const struct gl_image_header *h = gl_image_header(image);

	return h->elf_class == ELFCLASS64 && h->data == ELFDATA2LSB;
}

int gl_pclntab_open(const struct gl_image *image, struct gl_pclntab **ret, struct gl_err *err)
{
	gl_autopclntab struct gl_pclntab *t = NULL;
	int r;

	if (!is_supported(image))
		return GL_PCLNTAB_UNSUPPORTED;
	t = calloc(1, sizeof(*t));
	if (!t)
		return gl_err_sys(err, ENOMEM, "cannot read the program's functions");
	t->image = image;
	r = locate(t);
	if (r < 0)
		return gl_err_sys(err, -r, "cannot read the program's functions");
	if (r == GL_PCLNTAB_OPEN)
		*ret = GL_TAKE_PTR(t);
	return r;
}

void gl_pclntab_free(struct gl_pclntab *table)
{
	free(table);
}

const struct gl_image *gl_pclntab_image(const struct gl_pclntab *table)
{
	return table->image;
}
