/*
 * Dynamic symbols.  .dynamic does not say how many there are: DT_HASH does;
 * else the section header of the very table; else DT_GNU_HASH, which knows only
 * as far as the last symbol that the file defines (and nothing where it defines
 * none), so it comes last.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/mem.h"
#include "elf/image_private.h"
#include "elf/versions.h"

#define VERSION_INDEX_MASK 0x7fff /* without the "hidden" bit */

struct symbols {
	struct gl_range table, names, versions;
	bool has_versions;
	uint64_t count;
};

/* s390x and Alpha have 8-byte words in DT_HASH (glibc, Elf_Symndx), all others 4. */
static size_t hash_word(const struct gl_image *image)
{
	const struct gl_image_header *h = &image->header;

	return h->elf_class == ELFCLASS64 && (h->machine == EM_S390 || h->machine == EM_ALPHA) ? 8 : 4;
}

/* DT_HASH: nbucket, nchain, ...; there is one chain link per symbol. */
static int count_by_hash(const struct gl_image *image, uint64_t *ret)
{
	size_t word = hash_word(image);
	struct gl_range hash;
	int r;

	if (image->tables.hash == 0)
		return 1;
	r = gl_image_locate(image, image->tables.hash, &hash);
	return r ? r : gl_range_read_value(image, &hash, word, word, ret);
}

static int count_by_section(const struct gl_image *image, uint64_t *ret)
{
	uint64_t offset, vaddr, size;

	if (gl_image_section(image, ".dynsym", &offset, &vaddr, &size) || vaddr != image->tables.symtab)
		return 1;
	*ret = size / gl_image_record_size(image, ELF_T_SYM);
	return 0;
}

struct gnu_hash {
	struct gl_range range;
	uint64_t buckets, first, bloom; /* first: index of the first symbol that is hashed */
	uint64_t buckets_at, chains_at;
};

static int open_gnu_hash(const struct gl_image *image, struct gnu_hash *h)
{
	size_t bloom_word = image->header.elf_class == ELFCLASS64 ? 8 : 4;
	int r = gl_image_locate(image, image->tables.gnu_hash, &h->range);

	if (!r)
		r = gl_range_read_value(image, &h->range, 0, 4, &h->buckets);
	if (!r)
		r = gl_range_read_value(image, &h->range, 4, 4, &h->first);
	if (!r)
		r = gl_range_read_value(image, &h->range, 8, 4, &h->bloom);
	if (r)
		return r;
	h->buckets_at = 16 + h->bloom * bloom_word;
	h->chains_at = h->buckets_at + h->buckets * 4;
	return h->buckets > GL_IMAGE_MAX_SYMBOLS ? -E2BIG : 0;
}

static int highest_bucket(const struct gl_image *image, const struct gnu_hash *h, uint64_t *ret)
{
	uint64_t highest = 0, bucket;
	int r;

	for (uint64_t i = 0; i < h->buckets; i++) {
		r = gl_range_read_value(image, &h->range, h->buckets_at + i * 4, 4, &bucket);
		if (r)
			return r;
		highest = GL_MAX(highest, bucket);
	}
	*ret = highest;
	return 0;
}

/* The chain of the highest bucket ends with the last symbol; bit 0 of a link marks a chain's end. */
static int count_by_gnu_hash(const struct gl_image *image, uint64_t *ret)
{
	struct gnu_hash h;
	uint64_t last, link = 0;
	int r;

	if (image->tables.gnu_hash == 0)
		return 1;
	r = open_gnu_hash(image, &h);
	if (!r)
		r = highest_bucket(image, &h, &last);
	if (r)
		return r;
	if (last < h.first) {
		*ret = h.first;
		return 0;
	}
	for (;; last++) {
		if (last >= GL_IMAGE_MAX_SYMBOLS)
			return -E2BIG;
		r = gl_range_read_value(image, &h.range, h.chains_at + (last - h.first) * 4, 4, &link);
		if (r)
			return r;
		if (link & 1)
			break;
	}
	*ret = last + 1;
	return 0;
}

static int count_symbols(const struct gl_image *image, uint64_t *ret)
{
	static int (*const ways[])(const struct gl_image *, uint64_t *) = {count_by_hash, count_by_section,
									   count_by_gnu_hash};

	for (size_t i = 0; i < GL_ARRAY_SIZE(ways); i++) {
		int r = ways[i](image, ret);

		if (r <= 0)
			return r;
	}
	*ret = 0;
	return 0;
}

static int open_symbols(const struct gl_image *image, struct symbols *s)
{
	int r = gl_image_locate(image, image->tables.symtab, &s->table);

	if (!r)
		r = gl_image_locate(image, image->tables.strtab, &s->names);
	if (!r && image->tables.versym) {
		r = gl_image_locate(image, image->tables.versym, &s->versions);
		s->has_versions = true;
	}
	if (!r)
		r = count_symbols(image, &s->count);
	if (!r && s->count > GL_IMAGE_MAX_SYMBOLS)
		r = -E2BIG;
	return r;
}

/* Names longer than GL_IMAGE_MAX_STRING (mangled C++) are given cut. */
static int read_symbol(const struct gl_image *image, const struct symbols *s, uint64_t index, char *name,
		       GElf_Sym *ret, uint64_t *ret_version)
{
	int r = gl_range_read_sym(image, &s->table, index, ret);

	if (!r)
		r = gl_range_read_string(image, &s->names, ret->st_name, name, GL_IMAGE_MAX_STRING);
	if (r == -ENAMETOOLONG)
		r = 0;
	if (!r && s->has_versions)
		r = gl_range_read_value(image, &s->versions, index * sizeof(Elf64_Versym),
					sizeof(Elf64_Versym), ret_version);
	return r;
}

static int fail(struct gl_err *err, int r)
{
	if (r == -ERANGE)
		return gl_err_set(err, EBADMSG, "the dynamic symbol table or its hash leads out of the file");
	if (r == -E2BIG)
		return gl_err_set(err, E2BIG, "more dynamic symbols than golaunch looks at");
	return gl_err_sys(err, -r, "cannot read the dynamic symbols");
}

int gl_image_each_symbol(struct gl_image *image, gl_symbol_fn each, void *arg, struct gl_err *err)
{
	gl_autofree char *name = NULL;
	struct symbols s = {.count = 0};
	size_t budget = GL_IMAGE_MAX_SYMBOL_BYTES;
	GElf_Sym symbol;
	int r;

	if (image->tables.symtab == 0)
		return 0;
	r = open_symbols(image, &s);
	if (r)
		return fail(err, r);
	name = malloc(GL_IMAGE_MAX_STRING);
	if (!name)
		return fail(err, -ENOMEM);
	for (uint64_t i = 1; i < s.count; i++) {
		uint64_t version = VER_NDX_LOCAL;

		r = read_symbol(image, &s, i, name, &symbol, &version);
		if (!r && strlen(name) > budget)
			r = -E2BIG;
		if (r)
			return fail(err, r);
		budget -= strlen(name);
		if (GELF_ST_BIND(symbol.st_info) == STB_LOCAL || name[0] == '\0')
			continue;
		r = each(name, version & VERSION_INDEX_MASK, symbol.st_shndx != SHN_UNDEF, arg);
		if (r)
			return r;
	}
	return 0;
}
