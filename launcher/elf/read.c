/*
 * Bytes of the file: the only place of golaunch that reads an examined ELF.
 *
 * Everything goes through pread and a small page cache: the headers, notes and
 * dynamic tables that a launch asks for lie in a handful of pages, and are
 * asked for in pieces of a few bytes.  Nothing is mapped, so a file that shrinks
 * under us gives an error, not SIGBUS; a page stays as it was read until it is the
 * one used longest ago.  Every length is checked against the size the file
 * had when it was opened, without an addition that could wrap.
 */
#include <errno.h>

#include "base/file.h"
#include "base/mem.h"
#include "elf/image_private.h"

/* Larger reads than this bypass the cache. */
#define DIRECT_READ ((size_t)GL_PAGE_BYTES)

/* Bytes beside a kept string's own: its two places in tables, and what malloc adds. */
#define STRING_OVERHEAD 32

/* The slot that holds the page, or the one used longest ago. */
static size_t slot_of(const struct gl_page_cache *cache, uint64_t number)
{
	size_t oldest = 0;

	for (size_t i = 0; i < GL_PAGE_SLOTS; i++) {
		if (cache->slots[i].bytes && cache->slots[i].number == number)
			return i;
		if (cache->slots[i].used < cache->slots[oldest].used)
			oldest = i;
	}
	return oldest;
}

/* A slot that fails is empty. */
static int fill(const struct gl_image *image, struct gl_page *page, uint64_t number)
{
	uint64_t offset = number * GL_PAGE_BYTES, left = image->size - GL_MIN(offset, image->size);
	ssize_t n;
	int r;

	page->used = 0;
	if (!page->bytes)
		page->bytes = malloc(GL_PAGE_BYTES);
	if (!page->bytes)
		return -ENOMEM;
	page->number = UINT64_MAX;
	r = gl_image_charge_read(image, GL_PAGE_BYTES);
	if (r)
		return r;
	/* No more than there is: that would be a second read, for nothing. */
	n = gl_file_pread(image->fd, page->bytes, (size_t)GL_MIN((uint64_t)GL_PAGE_BYTES, left), offset);
	if (n < 0)
		return (int)n;
	page->len = (size_t)n;
	page->number = number;
	return 0;
}

static int page_at(const struct gl_image *image, uint64_t number, const struct gl_page **ret)
{
	struct gl_page_cache *cache = image->cache;
	struct gl_page *page = &cache->slots[slot_of(cache, number)];
	int r = page->bytes && page->number == number ? 0 : fill(image, page, number);

	if (r)
		return r;
	page->used = ++cache->uses;
	*ret = page;
	return 0;
}

/*
 * The cached bytes from offset to the end of their page or of the file.
 * Returns 0, -ERANGE at the end of the file, or another -errno.
 */
static int bytes_at(const struct gl_image *image, uint64_t offset, const unsigned char **ret_bytes,
		    size_t *ret_len)
{
	const struct gl_page *page = NULL;
	size_t start = offset % GL_PAGE_BYTES;
	int r = page_at(image, offset / GL_PAGE_BYTES, &page);

	if (r)
		return r;
	if (start >= page->len)
		return -ERANGE;
	*ret_bytes = page->bytes + start;
	*ret_len = page->len - start;
	return 0;
}

static int read_direct(const struct gl_image *image, uint64_t offset, void *bytes, size_t len)
{
	ssize_t n = gl_file_pread(image->fd, bytes, len, offset);

	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ERANGE;
}

int gl_image_read(const struct gl_image *image, uint64_t offset, void *bytes, size_t len)
{
	unsigned char *to = bytes;
	const unsigned char *from;
	size_t n;
	int r;

	if (offset > image->size || len > image->size - offset)
		return -ERANGE;
	r = gl_image_charge_read(image, len + GL_IMAGE_READ_COST);
	if (r)
		return r;
	if (len > DIRECT_READ)
		return read_direct(image, offset, bytes, len);
	while (len > 0) {
		r = bytes_at(image, offset, &from, &n);
		if (r)
			return r;
		n = GL_MIN(n, len);
		memcpy(to, from, n);
		to += n;
		offset += n;
		len -= n;
	}
	return 0;
}

/* Where PT_LOADs overlap, the later one is mapped over the earlier one. */
int gl_image_locate(const struct gl_image *image, uint64_t vaddr, struct gl_range *ret)
{
	int r = gl_image_charge_read(image, image->segment_count);

	if (r)
		return r;
	for (size_t i = image->segment_count; i-- > 0;) {
		const struct gl_segment *s = &image->segments[i];

		if (s->type != PT_LOAD || vaddr < s->vaddr || vaddr - s->vaddr >= s->filesz)
			continue;
		if (s->offset > image->size || s->filesz > image->size - s->offset)
			return -ERANGE;
		*ret = (struct gl_range){s->offset + (vaddr - s->vaddr), s->filesz - (vaddr - s->vaddr)};
		return 0;
	}
	return -ERANGE;
}

int gl_range_read(const struct gl_image *image, const struct gl_range *range, uint64_t at, void *bytes,
		  size_t len)
{
	if (at > range->len || len > range->len - at)
		return -ERANGE;
	return gl_image_read(image, range->offset + at, bytes, len);
}

int gl_image_read_vaddr(const struct gl_image *image, uint64_t vaddr, void *bytes, size_t len)
{
	struct gl_range range;
	int r = gl_image_locate(image, vaddr, &range);

	return r ? r : gl_range_read(image, &range, 0, bytes, len);
}

int gl_range_read_string(const struct gl_image *image, const struct gl_range *range, uint64_t at, char *bytes,
			 size_t room)
{
	const unsigned char *from, *end;
	size_t have = 0, n;
	int r;

	while (have < room) {
		if (at >= range->len)
			return -ERANGE;
		r = bytes_at(image, range->offset + at, &from, &n);
		if (r)
			return r;
		n = GL_MIN(n, room - have);
		n = (size_t)GL_MIN((uint64_t)n, range->len - at);
		end = memchr(from, '\0', n);
		if (end)
			n = (size_t)(end - from) + 1;
		r = gl_image_charge_read(image, n + GL_IMAGE_READ_COST);
		if (r)
			return r;
		memcpy(bytes + have, from, n);
		if (end)
			return 0;
		have += n;
		at += n;
	}
	bytes[room - 1] = '\0';
	return -ENAMETOOLONG;
}

static int read_string_at(const struct gl_image *image, uint64_t vaddr, char *bytes, size_t room)
{
	struct gl_range range;
	int r = gl_image_locate(image, vaddr, &range);

	return r ? r : gl_range_read_string(image, &range, 0, bytes, room);
}

int gl_image_keep_string(struct gl_image *image, uint64_t vaddr, const char **ret)
{
	struct gl_image_strings *strings = &image->strings;
	gl_autofree char *text = malloc(GL_IMAGE_MAX_STRING);
	char *kept;
	size_t size;
	int r;

	if (!text)
		return -ENOMEM;
	r = read_string_at(image, vaddr, text, GL_IMAGE_MAX_STRING);
	if (r == -ERANGE || r == -ENAMETOOLONG)
		return r == -ERANGE ? -EBADMSG : -E2BIG;
	if (r)
		return r;
	size = strlen(text) + 1;
	if (size > GL_IMAGE_MAX_STRING_BYTES - strings->bytes)
		return -E2BIG;
	r = gl_image_charge_kept(image, size + STRING_OVERHEAD);
	if (r)
		return r;
	if (!gl_mem_grow(&strings->items, &strings->room, strings->count, sizeof(*strings->items),
			 GL_IMAGE_MAX_STRING_BYTES))
		return -errno;
	kept = strdup(text);
	if (!kept)
		return -ENOMEM;
	strings->items[strings->count++] = kept;
	strings->bytes += size;
	*ret = kept;
	return 0;
}
