/*
 * The build information block (Go's debug/buildinfo and cmd/link, buildinfo.go):
 *
 *	"\xff Go buildinf:"  pointer size  flags   two words, or inline texts
 *
 * With flag 2 (Go 1.18 on) version and module text follow the 32 bytes inline,
 * each behind its length as a varint; before, the two words point to Go string
 * headers, {pointer, length}, which a position-independent program gets only by
 * relocation.  It lies in a segment that is written and not executed, aligned to
 * 16; at its start where Go's own linker worked.
 */
#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "gobin/private.h"

#define MAGIC		"\xff Go buildinf:"
#define MAGIC_LEN	14
#define HEADER		32
#define ALIGN		16
#define FLAG_BIG_ENDIAN 1
#define FLAG_INLINE	2
#define SENTINEL	16 /* bytes before and after the module text, so that it is found in memory */
#define HEAD_SCAN	((uint64_t)64 << 10)
#define TRIES                                                                                                \
	16 /* places with the magic that are looked at: programs that look for it have it once or twice */

void gl_buildinfo_done(struct gl_buildinfo *info)
{
	free(info->version);
	free(info->modinfo);
	*info = (struct gl_buildinfo){.version = NULL};
}

/* The module text between its sentinels (runtime/debug.modinfo); "" if it is not of that form. */
static char *strip_sentinels(const char *text, size_t len)
{
	if (len <= 2 * SENTINEL || text[len - SENTINEL - 1] != '\n')
		return strdup("");
	return strndup(text + SENTINEL, len - 2 * SENTINEL);
}

/* len bytes at an offset or, with by_address, a virtual address, with a NUL behind; NULL and errno. */
static char *read_text(const struct gl_image *image, uint64_t where, bool by_address, size_t len)
{
	gl_autofree char *text = malloc(len + 1);
	int r;

	if (!text)
		return NULL;
	r = by_address ? gl_image_read_vaddr(image, where, text, len)
		       : gl_image_read(image, where, text, len);
	if (r) {
		errno = -r;
		return NULL;
	}
	text[len] = '\0';
	return GL_TAKE_PTR(text);
}

/* What is out of the file is not a block after all: an answer, 1; the rest are errors. */
static int answer(int errnum)
{
	return errnum == ERANGE ? 1 : -errnum;
}

struct texts {
	uint64_t version, modinfo; /* offsets or addresses */
	uint64_t version_len, modinfo_len;
	bool by_address;
};

static int take_texts(const struct gl_image *image, const struct texts *t, struct gl_buildinfo *ret)
{
	gl_autofree char *version = NULL, *modinfo = NULL, *raw = NULL;

	if (t->version_len == 0 || t->version_len > GL_GOBIN_MAX_VERSION)
		return 1;
	version = read_text(image, t->version, t->by_address, (size_t)t->version_len);
	if (!version)
		return answer(errno);
	if (t->modinfo_len > 0 && t->modinfo_len <= GL_GOBIN_MAX_MODINFO) {
		raw = read_text(image, t->modinfo, t->by_address, (size_t)t->modinfo_len);
		if (!raw && errno != ERANGE)
			return -errno;
	}
	modinfo = raw ? strip_sentinels(raw, (size_t)t->modinfo_len) : strdup("");
	if (!modinfo)
		return -ENOMEM;
	ret->version = GL_TAKE_PTR(version);
	ret->modinfo = GL_TAKE_PTR(modinfo);
	return 0;
}

/* encoding/binary.Uvarint at *at, which is moved on.  Returns 0, 1: longer than 64 bit, or -errno. */
static int read_uvarint(const struct gl_image *image, uint64_t *at, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned char byte;
	int r;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		r = gl_image_read(image, *at, &byte, 1);
		if (r)
			return answer(-r);
		(*at)++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return 1;
}

static int decode_inline(const struct gl_image *image, uint64_t at, struct gl_buildinfo *ret)
{
	struct texts t = {.by_address = false};
	int r = read_uvarint(image, &at, &t.version_len);

	if (r)
		return r;
	if (t.version_len > GL_GOBIN_MAX_VERSION)
		return 1;
	t.version = at;
	at += t.version_len;
	r = read_uvarint(image, &at, &t.modinfo_len);
	if (r)
		return r;
	t.modinfo = at;
	return take_texts(image, &t, ret);
}

struct pointers {
	const struct gl_image *image;
	size_t size; /* 4 or 8 */
	bool big_endian;
};

static uint64_t word(const struct pointers *p, const unsigned char *bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < p->size; i++)
		value = value << 8 | bytes[p->big_endian ? i : p->size - 1 - i];
	return value;
}

/*
 * A pointer in the data.  Most linkers leave its value in place too; where
 * there is none, the relocation has it.
 */
static int read_pointer(const struct pointers *p, uint64_t vaddr, uint64_t *ret)
{
	unsigned char bytes[8];
	int r = gl_image_read_vaddr(p->image, vaddr, bytes, p->size);

	if (r)
		return answer(-r);
	*ret = word(p, bytes);
	if (*ret != 0)
		return 0;
	r = gl_image_relative(p->image, vaddr, ret);
	return r < 0 ? answer(-r) : r;
}

/* A Go string header at vaddr. */
static int read_string_header(const struct pointers *p, uint64_t vaddr, uint64_t *ret_text, uint64_t *ret_len)
{
	unsigned char bytes[8];
	int r = gl_image_read_vaddr(p->image, vaddr + p->size, bytes, p->size);

	if (r)
		return answer(-r);
	*ret_len = word(p, bytes);
	*ret_text = 0;
	return *ret_len == 0 ? 0 : read_pointer(p, vaddr, ret_text);
}

static int decode_pointers(const struct gl_image *image, const unsigned char header[HEADER], uint64_t vaddr,
			   struct gl_buildinfo *ret)
{
	struct pointers p = {image, header[MAGIC_LEN], header[MAGIC_LEN + 1] & FLAG_BIG_ENDIAN};
	struct texts t = {.by_address = true};
	uint64_t version, modinfo;
	int r;

	if (p.size != 4 && p.size != 8)
		return 1;
	r = read_pointer(&p, vaddr + 16, &version);
	if (!r)
		r = read_string_header(&p, version, &t.version, &t.version_len);
	if (r)
		return r;
	r = read_pointer(&p, vaddr + 16 + p.size, &modinfo);
	if (!r)
		r = read_string_header(&p, modinfo, &t.modinfo, &t.modinfo_len);
	if (r < 0)
		return r;
	if (r)
		t.modinfo_len = 0; /* built without modules */
	return take_texts(image, &t, ret);
}

/* The block at that place, if it is one.  Returns 0, 1: it is none, or -errno. */
static int decode(const struct gl_image *image, uint64_t offset, uint64_t vaddr, struct gl_buildinfo *ret)
{
	unsigned char header[HEADER] = {0};
	int r = gl_image_read(image, offset, header, sizeof(header));

	if (r)
		return answer(-r);
	if (memcmp(header, MAGIC, MAGIC_LEN) != 0)
		return 1;
	if (header[MAGIC_LEN + 1] & FLAG_INLINE)
		return decode_inline(image, offset + HEADER, ret);
	return decode_pointers(image, header, vaddr, ret);
}

int gl_buildinfo_by_section(const struct gl_image *image, struct gl_buildinfo *ret)
{
	uint64_t offset, vaddr, size;

	if (gl_image_section(image, ".go.buildinfo", &offset, &vaddr, &size))
		return 1;
	return decode(image, offset, vaddr, ret);
}

struct scan {
	const struct gl_image *image;
	const struct gl_segment *segment;
	struct gl_buildinfo *ret;
	unsigned tries;
};

/* Other programs carry the magic too, above all tools that look for it. */
static bool is_version(const char *version)
{
	return !strncmp(version, "go1.", 4) || !strncmp(version, "devel", 5);
}

/* Ends the scan with 3 at the first block that holds, with 2 after too many that do not. */
static int look(const unsigned char *bytes, size_t len, uint64_t offset, void *arg)
{
	struct scan *scan = arg;
	const struct gl_segment *s = scan->segment;
	const unsigned char *hit = bytes;

	while ((hit = memmem(hit, len - (size_t)(hit - bytes), MAGIC, MAGIC_LEN))) {
		uint64_t at = offset + (uint64_t)(hit - bytes);
		int r;

		hit++;
		if (at % ALIGN != 0)
			continue;
		if (scan->tries++ >= TRIES)
			return 2;
		r = decode(scan->image, at, s->vaddr + (at - s->offset), scan->ret);
		if (r < 0)
			return r;
		if (r == 0 && is_version(scan->ret->version))
			return 3;
		if (r == 0)
			gl_buildinfo_done(scan->ret);
	}
	return 0;
}

/* Which segments, which part of them; the likely places first. */
static const struct pass {
	uint32_t mask, flags;
	bool head;
} passes[] = {
	{PF_W | PF_X, PF_W, true},
	{PF_W | PF_X, PF_W, false},
	{PF_W, 0, true},
};

static int run_pass(const struct pass *pass, struct scan *scan, uint64_t *budget)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(scan->image, &count);
	int r;

	for (size_t i = 0; i < count; i++) {
		const struct gl_segment *s = &segments[i];
		uint64_t skip = pass->head ? 0 : GL_MIN(s->filesz, HEAD_SCAN);
		uint64_t len = pass->head ? GL_MIN(s->filesz, HEAD_SCAN) : s->filesz - skip;

		if (s->type != PT_LOAD || (s->flags & pass->mask) != pass->flags ||
		    skip > UINT64_MAX - s->offset)
			continue;
		scan->segment = s;
		r = gl_gobin_scan(scan->image, s->offset + skip, len, budget, look, scan);
		if (r)
			return r;
	}
	return 0;
}

int gl_buildinfo_by_scan(const struct gl_image *image, struct gl_buildinfo *ret)
{
	struct scan scan = {.image = image, .ret = ret};
	uint64_t budget = GL_GOBIN_MAX_SCAN;

	for (size_t i = 0; i < GL_ARRAY_SIZE(passes); i++) {
		int r = run_pass(&passes[i], &scan, &budget);

		if (r == 3)
			return 0;
		if (r)
			return r;
	}
	return 1;
}
