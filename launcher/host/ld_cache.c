/*
 * Reads /etc/ld.so.cache: see host/ld_cache.h.
 *
 * One read into memory (never a mapping: the file may be replaced or cut short
 * under our hands), a few checks of the header, then a binary search over the
 * raw bytes.  All numbers are read with memcpy through get32()/get64(), whose
 * offsets are inside the file because the table was checked to be.  The walk
 * over equal names repeats glibc's search_cache() step by step: which entry wins
 * decides which file a program gets.
 */
#include "host/ld_cache.h"

#include <byteswap.h>
#include <errno.h>
#include <limits.h>

#include "base/mem.h"
#include "host/root.h"

#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"

/* Layouts, from glibc's dl-cache.h. */
enum {
	OLD_COUNT = 12, /* offset of nlibs: the magic is padded to 12 */
	OLD_HEADER = 16,
	OLD_ENTRY = 12, /* flags, key, value */

	NEW_COUNT = 20,
	NEW_FLAGS = 28,
	NEW_EXTENSION = 32,
	NEW_HEADER = 48,
	NEW_ENTRY = 24, /* flags, key, value, osversion, hwcap */
	NEW_ALIGN = 8,

	ENTRY_KEY = 4,
	ENTRY_VALUE = 8,
	ENTRY_HWCAP = 16,

	EXTENSION_HEADER = 8, /* magic, count */
	SECTION_SIZE = 16,    /* tag, flags, offset, size */
	SECTION_OFFSET = 8,
	SECTION_LENGTH = 12,
	TAG_HWCAPS = 1,
};
#define EXTENSION_MAGIC 0xeaa42174u

/* The header's flags byte: who wrote it. */
enum { ENDIAN_UNSET = 0, ENDIAN_LITTLE = 2, ENDIAN_BIG = 3, ENDIAN_MASK = 3 };

/* hwcap of a named entry: only bit 62, the ISA level and the name's index. */
#define HWCAP_NAMED	(UINT64_C(1) << 62)
#define HWCAP_ISA_SHIFT 32
#define HWCAP_ISA_MASK	0x3ffu

static uint32_t get32(const struct gl_ld_cache *cache, size_t offset)
{
	uint32_t value;

	memcpy(&value, cache->bytes + offset, sizeof(value));
	return cache->swapped ? bswap_32(value) : value;
}

static uint64_t get64(const struct gl_ld_cache *cache, size_t offset)
{
	uint64_t value;

	memcpy(&value, cache->bytes + offset, sizeof(value));
	return cache->swapped ? bswap_64(value) : value;
}

static bool has(const struct gl_ld_cache *cache, size_t offset, size_t len)
{
	return offset <= cache->size && len <= cache->size - offset;
}

/* Looks at one section of the extension directory.  Returns false where it is out of the file. */
static bool take_section(struct gl_ld_cache *cache, size_t at)
{
	size_t offset = get32(cache, at + SECTION_OFFSET), len = get32(cache, at + SECTION_LENGTH);

	if (!has(cache, offset, len))
		return false;
	if (get32(cache, at) != TAG_HWCAPS)
		return true;
	cache->hwcaps = offset;
	cache->hwcap_count = offset % 4 || len % 4 ? 0 : (uint32_t)(len / 4);
	return true;
}

/*
 * Finds the names of glibc-hwcaps.  A malformed directory leaves none, and so
 * no named entry usable, as in glibc.  All its offsets count from the file's
 * start, also where the new format comes second.
 */
static void find_hwcaps(struct gl_ld_cache *cache, size_t header)
{
	uint32_t at = get32(cache, header + NEW_EXTENSION), count;

	if (!at || at % 4 || !has(cache, at, EXTENSION_HEADER) || get32(cache, at) != EXTENSION_MAGIC)
		return;
	count = get32(cache, at + 4);
	if (count > (cache->size - at - EXTENSION_HEADER) / SECTION_SIZE)
		return;
	for (uint32_t i = 0; i < count; i++) {
		if (take_section(cache, at + EXTENSION_HEADER + (size_t)i * SECTION_SIZE))
			continue;
		cache->hwcap_count = 0;
		return;
	}
}

/* Is this a new format header that the loader would use, with its whole table inside the file? */
static bool take_new(struct gl_ld_cache *cache, size_t header, bool big_endian)
{
	unsigned char endian;
	uint32_t count;

	if (!has(cache, header, NEW_HEADER) || memcmp(cache->bytes + header, NEW_MAGIC, strlen(NEW_MAGIC)))
		return false;
	endian = (unsigned char)cache->bytes[header + NEW_FLAGS] & ENDIAN_MASK;
	if (endian != ENDIAN_UNSET && endian != (big_endian ? ENDIAN_BIG : ENDIAN_LITTLE))
		return false;
	count = get32(cache, header + NEW_COUNT);
	if (count > (cache->size - header - NEW_HEADER) / NEW_ENTRY)
		return false;
	cache->entries = header + NEW_HEADER;
	cache->count = count;
	cache->entry_size = NEW_ENTRY;
	cache->strings = header;
	find_hwcaps(cache, header);
	return true;
}

static bool take_old(struct gl_ld_cache *cache, bool big_endian)
{
	size_t end;
	uint32_t count;

	if (cache->size <= OLD_HEADER || memcmp(cache->bytes, OLD_MAGIC, strlen(OLD_MAGIC)))
		return false;
	count = get32(cache, OLD_COUNT);
	if (count > (cache->size - OLD_HEADER) / OLD_ENTRY)
		return false;
	end = OLD_HEADER + (size_t)count * OLD_ENTRY;
	if (take_new(cache, (end + NEW_ALIGN - 1) / NEW_ALIGN * NEW_ALIGN, big_endian))
		return true;
	cache->entries = OLD_HEADER;
	cache->count = count;
	cache->entry_size = OLD_ENTRY;
	cache->strings = end;
	return true;
}

int gl_ld_cache_parse(char *bytes, size_t len, bool big_endian, struct gl_ld_cache *ret)
{
	struct gl_ld_cache cache = {
		.bytes = bytes,
		.size = len,
		.swapped = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__),
	};

	if (take_new(&cache, 0, big_endian) || take_old(&cache, big_endian)) {
		*ret = cache;
		return 0;
	}
	free(bytes);
	*ret = GL_LD_CACHE_INIT;
	return 1;
}

int gl_ld_cache_load(const struct gl_host *host, const char *path, struct gl_ld_cache *ret,
		     struct gl_err *err)
{
	char *bytes;
	size_t len;
	int r = gl_root_slurp(host, path, GL_LD_CACHE_MAX_BYTES, &bytes, &len, err);

	*ret = GL_LD_CACHE_INIT;
	if (r == -ENOMEM)
		return r;
	if (r)
		return 0;
	r = gl_ld_cache_parse(bytes, len, host->arch->big_endian, ret);
	return r < 0 ? r : 0;
}

void gl_ld_cache_done(struct gl_ld_cache *cache)
{
	free(cache->bytes);
	*cache = GL_LD_CACHE_INIT;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A run of digits as glibc reads it: into an int that wraps around. */
static int32_t take_number(const char **at)
{
	uint32_t value = 0;

	while (is_digit(**at))
		value = value * 10 + (uint32_t)(*(*at)++ - '0');
	return (int32_t)value;
}

int gl_ld_cache_compare(const char *a, const char *b)
{
	while (*a) {
		if (is_digit(*a) && is_digit(*b)) {
			int32_t x = take_number(&a), y = take_number(&b);

			if (x != y)
				return x < y ? -1 : 1;
		} else if (is_digit(*a) || is_digit(*b)) {
			return is_digit(*a) ? 1 : -1;
		} else if (*a != *b) {
			return *a < *b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return *b ? -1 : 0;
}

static size_t entry_at(const struct gl_ld_cache *cache, uint32_t index)
{
	return cache->entries + (size_t)index * cache->entry_size;
}

/* The string at an offset that the file claims; NULL where it lies outside. */
static const char *string_at(const struct gl_ld_cache *cache, size_t base, uint32_t offset)
{
	return offset < cache->size - base ? cache->bytes + base + offset : NULL;
}

static const char *key_of(const struct gl_ld_cache *cache, uint32_t index)
{
	return string_at(cache, cache->strings, get32(cache, entry_at(cache, index) + ENTRY_KEY));
}

static struct gl_ld_cache_want want_of(const struct gl_ld_cache *cache, uint32_t index)
{
	struct gl_ld_cache_want want = {.named = false};
	uint64_t hwcap;
	uint32_t name;

	if (cache->entry_size < NEW_ENTRY)
		return want;
	hwcap = get64(cache, entry_at(cache, index) + ENTRY_HWCAP);
	want.named = (hwcap >> HWCAP_ISA_SHIFT & ~(uint64_t)HWCAP_ISA_MASK) == HWCAP_NAMED >> HWCAP_ISA_SHIFT;
	if (!want.named) {
		want.legacy = hwcap;
		return want;
	}
	want.isa_bit = (unsigned)(hwcap >> HWCAP_ISA_SHIFT) & HWCAP_ISA_MASK;
	name = (uint32_t)hwcap;
	if (name < cache->hwcap_count)
		want.name = string_at(cache, 0, get32(cache, cache->hwcaps + (size_t)name * 4));
	return want;
}

/* The first entry of that name, by halves.  Returns the index, or count: none (or a bogus key on the way). */
static uint32_t find_first(const struct gl_ld_cache *cache, const char *name)
{
	uint32_t left = 0, right = cache->count, middle;
	const char *key;
	int order;

	while (left < right) {
		middle = left + (right - left) / 2;
		key = key_of(cache, middle);
		if (!key)
			return cache->count;
		/* The cache is sorted downwards. */
		order = gl_ld_cache_compare(name, key);
		if (order < 0)
			left = middle + 1;
		else
			right = middle;
	}
	return left;
}

const char *gl_ld_cache_lookup(const struct gl_ld_cache *cache, const struct gl_arch *arch, const char *name,
			       gl_ld_cache_rank_fn rank_of, void *arg)
{
	const char *best = NULL, *key, *value;
	unsigned rank, best_rank = 0;

	for (uint32_t i = cache->bytes ? find_first(cache, name) : 0; i < cache->count; i++) {
		struct gl_ld_cache_want want = want_of(cache, i);

		key = key_of(cache, i);
		if (!key || gl_ld_cache_compare(name, key))
			break;
		value = string_at(cache, cache->strings, get32(cache, entry_at(cache, i) + ENTRY_VALUE));
		if ((int32_t)get32(cache, entry_at(cache, i)) != arch->ld_cache_flags || !value)
			continue;
		/* Named entries come first and compete; of the others the first usable one is taken. */
		if (!want.named && best)
			break;
		rank = want.named || want.legacy ? rank_of(&want, arg) : 1;
		if (!rank || (best && rank >= best_rank))
			continue;
		best = value;
		best_rank = rank;
		if (!want.named)
			break;
	}
	return best;
}
