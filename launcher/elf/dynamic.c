/*
 * The dynamic section, read as the loader reads it (glibc elf/get-dynamic-info.h,
 * musl ldso/dynlink.c decode_dyn): by address, to DT_NULL, the last of several
 * equal tags counts, and string offsets are not held against DT_STRSZ.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "base/mem.h"
#include "elf/image_private.h"

/* Offsets of the strings in DT_STRTAB, until that is known. */
struct pending {
	uint64_t *needed;
	size_t count, room;
	uint64_t soname, rpath, runpath;
	bool has_soname, has_rpath, has_runpath;
};

static const struct {
	int64_t tag;
	size_t member;
} tables[] = {
	{DT_STRTAB, offsetof(struct gl_dynamic_tables, strtab)},
	{DT_SYMTAB, offsetof(struct gl_dynamic_tables, symtab)},
	{DT_HASH, offsetof(struct gl_dynamic_tables, hash)},
	{DT_GNU_HASH, offsetof(struct gl_dynamic_tables, gnu_hash)},
	{DT_VERSYM, offsetof(struct gl_dynamic_tables, versym)},
	{DT_VERNEED, offsetof(struct gl_dynamic_tables, verneed)},
	{DT_VERDEF, offsetof(struct gl_dynamic_tables, verdef)},
	{DT_RELA, offsetof(struct gl_dynamic_tables, rela)},
	{DT_RELASZ, offsetof(struct gl_dynamic_tables, relasz)},
};

static void take_table(struct gl_dynamic_tables *to, const GElf_Dyn *dyn)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(tables); i++)
		if (tables[i].tag == dyn->d_tag)
			memcpy((char *)to + tables[i].member, &dyn->d_un.d_val, sizeof(uint64_t));
}

static int take_needed(struct pending *pending, uint64_t offset)
{
	uint64_t *slot = gl_mem_grow(&pending->needed, &pending->room, pending->count, sizeof(*slot),
				     GL_IMAGE_MAX_NEEDED);

	if (!slot)
		return -errno;
	*slot = offset;
	pending->count++;
	return 0;
}

static int take_entry(struct gl_image *image, struct pending *pending, const GElf_Dyn *dyn)
{
	struct gl_image_dynamic *d = &image->dynamic;
	uint64_t value = dyn->d_un.d_val;

	switch (dyn->d_tag) {
	case DT_NEEDED:
		return take_needed(pending, value);
	case DT_SONAME:
		pending->soname = value;
		pending->has_soname = true;
		break;
	case DT_RPATH:
		pending->rpath = value;
		pending->has_rpath = true;
		break;
	case DT_RUNPATH:
		pending->runpath = value;
		pending->has_runpath = true;
		break;
	case DT_FLAGS:
		d->flags = value;
		break;
	case DT_FLAGS_1:
		d->flags_1 = value;
		break;
	case DT_BIND_NOW:
		d->bind_now = true;
		break;
	case DT_RELR:
		d->has_relr = true;
		break;
	default:
		take_table(&image->tables, dyn);
	}
	return 0;
}

static int walk(struct gl_image *image, const struct gl_range *range, struct pending *pending)
{
	GElf_Dyn dyn;
	int r;

	for (uint64_t i = 0; i < GL_IMAGE_MAX_DYNAMIC; i++) {
		r = gl_range_read_dyn(image, range, i, &dyn);
		if (r)
			return r;
		if (dyn.d_tag == DT_NULL)
			return 0;
		r = take_entry(image, pending, &dyn);
		if (r)
			return r;
	}
	return -E2BIG;
}

static int keep_if(struct gl_image *image, bool wanted, uint64_t offset, const char **ret)
{
	return wanted ? gl_image_keep_string(image, image->tables.strtab + offset, ret) : 0;
}

static int keep_needed(struct gl_image *image, const struct pending *pending)
{
	struct gl_image_dynamic *d = &image->dynamic;
	int r;

	if (pending->count == 0)
		return 0;
	r = gl_image_charge_kept(image, pending->count * sizeof(*image->needed));
	if (r)
		return r;
	image->needed = calloc(pending->count, sizeof(*image->needed));
	if (!image->needed)
		return -ENOMEM;
	d->needed = image->needed;
	for (size_t i = 0; i < pending->count; i++) {
		r = gl_image_keep_string(image, image->tables.strtab + pending->needed[i], &image->needed[i]);
		if (r)
			return r;
		d->needed_count = i + 1;
	}
	return 0;
}

static int keep_strings(struct gl_image *image, const struct pending *pending)
{
	struct gl_image_dynamic *d = &image->dynamic;
	int r = keep_needed(image, pending);

	if (!r)
		r = keep_if(image, pending->has_soname, pending->soname, &d->soname);
	if (!r)
		r = keep_if(image, pending->has_rpath, pending->rpath, &d->rpath);
	if (!r)
		r = keep_if(image, pending->has_runpath, pending->runpath, &d->runpath);
	return r;
}

/* What is wrong with .dynamic; nobody reads it in a fixed-address program without interpreter.  A limit is no defect. */
static int judge(struct gl_image *image, const struct gl_segment *s, int r, const char *what)
{
	if (r != -ERANGE && r != -EBADMSG)
		return r;
	if (image->interpreter || image->header.type != ET_EXEC)
		gl_image_set_defect(image, GL_IMAGE_DYNAMIC_INVALID,
				    "the dynamic section at address 0x%" PRIx64 " %s", s->vaddr, what);
	return 0;
}

int gl_image_load_dynamic(struct gl_image *image)
{
	const struct gl_segment *s = gl_image_find_segment(image, PT_DYNAMIC);
	struct gl_image_dynamic *d = &image->dynamic;
	struct pending pending = {.needed = NULL};
	struct gl_range range;
	int r;

	if (!s)
		return 0;
	image->has_dynamic = true;
	r = gl_image_locate(image, s->vaddr, &range);
	if (!r)
		r = walk(image, &range, &pending);
	if (r) {
		r = judge(image, s, r, "is not in the file or does not end");
	} else {
		d->bind_now |= (d->flags & DF_BIND_NOW) || (d->flags_1 & DF_1_NOW);
		r = judge(image, s, keep_strings(image, &pending), "names strings that are not in the file");
	}
	free(pending.needed);
	return r;
}
