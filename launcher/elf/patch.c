/*
 * Takes DT_RPATH and DT_RUNPATH out of a dynamic section: see elf/patch.h.
 *
 * Entries are moved whole, as bytes, so that of class and byte order only the
 * tag's size and order matter.  The section is where the loader finds it, by
 * address, and must be where tools find it, by offset: a file in which these
 * differ could be right for one of them only.  One write puts all in place.
 */
#include "elf/patch.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "elf/image_private.h"

struct section {
	struct gl_range range;
	size_t size, word; /* bytes of an entry, and of its tag */
	size_t count;	   /* entries before DT_NULL */
};

static int refuse(struct gl_err *err, const char *why)
{
	return gl_err_set(err, EBADMSG, "cannot take out its library directories: %s", why);
}

static int read_failed(struct gl_err *err, int r)
{
	return gl_err_sys(err, -r, "cannot read the dynamic section");
}

/* The only PT_DYNAMIC; NULL with *ret_more where there are several: loaders take the last, others the first. */
static const struct gl_segment *find_dynamic(const struct gl_image *image, bool *ret_more)
{
	const struct gl_segment *found = gl_image_find_segment(image, PT_DYNAMIC);

	*ret_more = false;
	for (size_t i = 0; i < image->segment_count; i++) {
		if (image->segments[i].type == PT_DYNAMIC && &image->segments[i] != found)
			*ret_more = true;
	}
	return *ret_more ? NULL : found;
}

/* Returns 0, 1: there is no dynamic section, or -errno. */
static int find_section(const struct gl_image *image, struct section *ret, struct gl_err *err)
{
	const struct gl_segment *s;
	bool more;
	GElf_Dyn dyn;
	int r;

	if (gl_image_is_partial(image))
		return gl_err_sys(err, E2BIG, "cannot take out its library directories");
	if (gl_image_defect(image) != GL_IMAGE_SOUND)
		return refuse(err,
			      *gl_image_defect_text(image) ? gl_image_defect_text(image) : "no ELF file");
	s = find_dynamic(image, &more);
	if (!s)
		return more ? refuse(err, "it has more than one dynamic section") : 1;
	if (gl_image_locate(image, s->vaddr, &ret->range) || ret->range.offset != s->offset)
		return refuse(err, "its dynamic section is not where its headers say");
	ret->size = gl_image_record_size(image, ELF_T_DYN);
	ret->word = ret->size / 2;
	for (ret->count = 0;; ret->count++) {
		r = gl_range_read_dyn(image, &ret->range, ret->count, &dyn);
		if (r)
			return read_failed(err, r);
		if (dyn.d_tag == DT_NULL)
			return 0;
	}
}

static bool is_run_path(const struct gl_image *image, const struct section *section,
			const unsigned char *entry)
{
	uint64_t tag = gl_image_value(image, entry, section->word);

	return tag == DT_RPATH || tag == DT_RUNPATH;
}

/* Leaves out the run paths; zero bytes, which are DT_NULL, take the rest.  Returns the first entry that changed. */
static size_t compact(const struct gl_image *image, const struct section *section, unsigned char *entries)
{
	size_t size = section->size, kept = 0, first = section->count;

	for (size_t i = 0; i < section->count; i++) {
		if (is_run_path(image, section, entries + i * size)) {
			first = GL_MIN(first, i);
			continue;
		}
		memmove(entries + kept * size, entries + i * size, size);
		kept++;
	}
	memset(entries + kept * size, 0, (section->count - kept) * size);
	return first;
}

static int rewrite(int fd, const struct gl_image *image, const struct section *section, struct gl_err *err)
{
	size_t len = section->count * section->size, from;
	gl_autofree unsigned char *entries = malloc(len ? len : 1);
	ssize_t written;
	int r;

	if (!entries)
		return read_failed(err, -ENOMEM);
	r = gl_range_read(image, &section->range, 0, entries, len);
	if (r)
		return read_failed(err, r);
	from = compact(image, section, entries) * section->size;
	if (from == len)
		return 1;
	written = pwrite(fd, entries + from, len - from, (off_t)(section->range.offset + from));
	if (written == (ssize_t)(len - from))
		return 0;
	return gl_err_sys(err, written < 0 ? errno : EIO, "cannot write the dynamic section");
}

int gl_patch_remove_run_paths(int fd, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	struct section section;
	int r = gl_image_open(fd, &image, err);

	if (!r)
		r = find_section(image, &section, err);
	return r ? r : rewrite(fd, image, &section, err);
}
