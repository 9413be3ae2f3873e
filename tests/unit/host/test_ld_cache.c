/*
 * The loader's cache: both formats, both byte orders, hwcaps, and hostile bytes.
 * The caches are made here, byte by byte, by the layout of glibc's dl-cache.h.
 */
#include <byteswap.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "host/hwcaps.h"
#include "host/ld_cache.h"
#include "tests/lib/unit.h"

enum format {
	FORMAT_NEW,
	FORMAT_COMPAT, /* the old table with the new one behind it */
	FORMAT_OLD,
	FORMAT_MAX
};

#define FLAGS		      0x0303 /* x86-64 */
#define NAMED(index, isa_bit) (UINT64_C(1) << 62 | (uint64_t)(isa_bit) << 32 | (index))
#define LEGACY_TLS	      (UINT64_C(1) << 63)
#define LEGACY_X86_64	      (UINT64_C(1) << 1)
#define LEGACY_HASWELL	      (UINT64_C(1) << 50)

struct entry {
	uint32_t flags;
	const char *name, *path;
	uint64_t hwcap;
};

/* As ldconfig sorts: names downwards, within a name by worth. */
static const struct entry entries[] = {
	{FLAGS, "libz.so.1", "/lib/hw/v3/libz.so.1", NAMED(1, 2)},
	{FLAGS, "libz.so.1", "/lib/hw/v2/libz.so.1", NAMED(0, 1)},
	{FLAGS, "libz.so.1", "/lib/hw/odd/libz.so.1", NAMED(2, 0)},
	{FLAGS, "libz.so.1", "/lib/libz.so.1", 0},
	{FLAGS, "libz.so.1", "/usr/lib/libz.so.1", 0},
	{3, "libz.so.1", "/lib32/libz.so.1", 0},
	{FLAGS, "libold.so.1", "/lib/haswell/libold.so.1", LEGACY_HASWELL},
	{FLAGS, "libold.so.1", "/lib/tls/x86_64/libold.so.1", LEGACY_TLS | LEGACY_X86_64},
	{FLAGS, "libold.so.1", "/lib/libold.so.1", 0},
	{3, "libonly32.so.1", "/lib32/libonly32.so.1", 0},
	{FLAGS, "libx.so.10", "/lib/libx.so.10", 0},
	{FLAGS, "libx.so.9", "/lib/libx.so.9", 0},
	{FLAGS, "libx.so", "/lib/libx.so", 0},
	{FLAGS, "liba.so.1", "/lib/liba.so.1", 0},
};
static const char *const hwcap_names[] = {"x86-64-v2", "x86-64-v3", "x86-64-v9"};

struct maker {
	struct gl_buf b;
	bool swapped;
};

static void put32(struct maker *m, uint32_t value)
{
	value = m->swapped ? bswap_32(value) : value;
	gl_buf_put(&m->b, &value, sizeof(value));
}

static void put64(struct maker *m, uint64_t value)
{
	value = m->swapped ? bswap_64(value) : value;
	gl_buf_put(&m->b, &value, sizeof(value));
}

static void pad(struct maker *m, size_t to)
{
	while (m->b.len % to)
		gl_buf_putc(&m->b, '\0');
}

/* A copy in the cache's order, downwards; what is of the same name keeps its place (insertion sort is stable). */
static void sorted(struct entry *ret)
{
	memcpy(ret, entries, sizeof(entries));
	for (size_t i = 1; i < GL_ARRAY_SIZE(entries); i++) {
		for (size_t j = i; j && gl_ld_cache_compare(ret[j - 1].name, ret[j].name) < 0; j--) {
			struct entry swap = ret[j];

			ret[j] = ret[j - 1];
			ret[j - 1] = swap;
		}
	}
}

/* Offset of string i (name and path by turns) behind the tables. */
static uint32_t string_offset(const struct entry *list, size_t count)
{
	uint32_t at = 0;

	for (size_t i = 0; i < count; i++)
		at += (uint32_t)(strlen(list[i].name) + strlen(list[i].path) + 2);
	return at;
}

static void put_entries(struct maker *m, const struct entry *list, uint32_t strings, bool new)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(entries); i++) {
		uint32_t key = strings + string_offset(list, i);

		put32(m, list[i].flags);
		put32(m, key);
		put32(m, key + (uint32_t)strlen(list[i].name) + 1);
		if (new) {
			put32(m, 0);
			put64(m, list[i].hwcap);
		}
	}
}

static void put_section(struct maker *m, uint32_t tag, uint32_t offset, uint32_t len)
{
	put32(m, tag);
	put32(m, 0);
	put32(m, offset);
	put32(m, len);
}

/* The extension directory: a generator, then the hwcaps names, then their text. */
static void put_extension(struct maker *m, size_t names_at)
{
	size_t at = m->b.len, names = at + 8 + 2 * 16;
	uint32_t text = (uint32_t)names_at;

	put32(m, 0xeaa42174);
	put32(m, 2);
	put_section(m, 0, (uint32_t)at, 4);
	put_section(m, 1, (uint32_t)names, sizeof(uint32_t) * GL_ARRAY_SIZE(hwcap_names));
	for (size_t i = 0; i < GL_ARRAY_SIZE(hwcap_names); i++) {
		put32(m, text);
		text += (uint32_t)strlen(hwcap_names[i]) + 1;
	}
}

static void put_new(struct maker *m, const struct entry *list, bool big_endian)
{
	const uint32_t table = 48 + 24 * (uint32_t)GL_ARRAY_SIZE(entries);
	uint32_t base = (uint32_t)m->b.len, strings = string_offset(list, GL_ARRAY_SIZE(entries)), hwcaps = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(hwcap_names); i++)
		hwcaps += (uint32_t)strlen(hwcap_names[i]) + 1;
	gl_buf_puts(&m->b, "glibc-ld.so.cache1.1");
	put32(m, GL_ARRAY_SIZE(entries));
	put32(m, strings + hwcaps);
	gl_buf_putc(&m->b, big_endian ? 3 : 2);
	gl_buf_put(&m->b, "\0\0", 3);
	put32(m, (base + table + strings + hwcaps + 3) / 4 * 4);
	for (int i = 0; i < 3; i++)
		put32(m, 0);
	put_entries(m, list, table, true);
}

static void put_strings(struct maker *m, const struct entry *list)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(entries); i++) {
		gl_buf_put(&m->b, list[i].name, strlen(list[i].name) + 1);
		gl_buf_put(&m->b, list[i].path, strlen(list[i].path) + 1);
	}
}

static char *make(enum format format, bool big_endian, size_t *ret_len)
{
	struct maker m = {.b = GL_BUF_INIT,
			  .swapped = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)};
	struct entry list[GL_ARRAY_SIZE(entries)];
	/* The old table's string offsets count from its end, where in a compat cache the new header stands. */
	const uint32_t old_end = 16 + 12 * (uint32_t)GL_ARRAY_SIZE(entries);
	const uint32_t new_size = 48 + 24 * (uint32_t)GL_ARRAY_SIZE(entries);
	size_t names;

	sorted(list);
	if (format != FORMAT_NEW) {
		gl_buf_put(&m.b, "ld.so-1.7.0", 12);
		put32(&m, GL_ARRAY_SIZE(entries));
		put_entries(&m, list, format == FORMAT_OLD ? 0 : (old_end + 7) / 8 * 8 - old_end + new_size,
			    false);
	}
	if (format != FORMAT_OLD) {
		pad(&m, 8);
		put_new(&m, list, big_endian);
	}
	put_strings(&m, list);
	names = m.b.len;
	if (format != FORMAT_OLD) {
		for (size_t i = 0; i < GL_ARRAY_SIZE(hwcap_names); i++)
			gl_buf_put(&m.b, hwcap_names[i], strlen(hwcap_names[i]) + 1);
		pad(&m, 4);
		put_extension(&m, names);
	}
	*ret_len = m.b.len;
	return gl_buf_take(&m.b);
}

/* The CPU and loader that a look-up is made for. */
struct who {
	struct gl_host host;
	unsigned minor;
};

static unsigned rank(const struct gl_ld_cache_want *want, void *arg)
{
	struct who *who = arg;

	return gl_hwcaps_rank(&who->host, who->host.arch, who->minor, want);
}

static const char *lookup(const struct gl_ld_cache *cache, const char *name, unsigned minor, unsigned level)
{
	struct who who = {.host = {.arch = gl_arch_find(EM_X86_64, ELFCLASS64), .cpu_level = level},
			  .minor = minor};

	return gl_ld_cache_lookup(cache, who.host.arch, name, rank, &who);
}

static const struct {
	const char *name;
	unsigned minor, level;
	const char *path; /* NULL: not found */
	bool new_only;
} lookups[] = {
	{"liba.so.1", 36, 1, "/lib/liba.so.1", false},
	{"libx.so.9", 36, 1, "/lib/libx.so.9", false},
	{"libx.so.10", 36, 1, "/lib/libx.so.10", false},
	{"libx.so", 36, 1, "/lib/libx.so", false},
	{"libx.so.1", 36, 1, NULL, false},
	{"libx.so.09", 36, 1, "/lib/libx.so.9",
	 false}, /* numbers compare as numbers: the loader's own oddity */
	{"libnone.so", 36, 1, NULL, false},
	{"", 36, 1, NULL, false},
	{"libonly32.so.1", 36, 1, NULL, false},
	{"libz.so.1", 36, 1, "/lib/libz.so.1", true},
	{"libz.so.1", 36, 2, "/lib/hw/v2/libz.so.1", true},
	{"libz.so.1", 36, 3, "/lib/hw/v3/libz.so.1", true},
	{"libz.so.1", 0, 4, "/lib/hw/v3/libz.so.1", true},
	{"libz.so.1", 32, 4, "/lib/libz.so.1", true},
	{"libold.so.1", 31, 1, "/lib/tls/x86_64/libold.so.1", true},
	{"libold.so.1", 31, 3, "/lib/haswell/libold.so.1", true},
	{"libold.so.1", 36, 2, "/lib/tls/x86_64/libold.so.1", true},
	{"libold.so.1", 37, 3, "/lib/libold.so.1", true},
	{"libold.so.1", 0, 3, "/lib/libold.so.1", true},
};

START_TEST(libraries_are_found)
{
	for (int format = 0; format < FORMAT_MAX; format++) {
		for (int big = 0; big < 2; big++) {
			struct gl_ld_cache cache;
			const char *got;
			size_t len;
			char *bytes = make((enum format)format, big, &len);

			ck_assert_int_eq(gl_ld_cache_parse(bytes, len, big, &cache), 0);
			got = lookup(&cache, lookups[_i].name, lookups[_i].minor, lookups[_i].level);
			if (lookups[_i].new_only && format == FORMAT_OLD)
				ck_assert_ptr_nonnull(got);
			else if (lookups[_i].path)
				ck_assert_pstr_eq(got, lookups[_i].path);
			else
				ck_assert_ptr_null(got);
			gl_ld_cache_done(&cache);
		}
	}
}
END_TEST

START_TEST(the_old_table_knows_no_hwcaps)
{
	struct gl_ld_cache cache;
	size_t len;
	char *bytes = make(FORMAT_OLD, false, &len);

	ck_assert_int_eq(gl_ld_cache_parse(bytes, len, false, &cache), 0);
	ck_assert_str_eq(lookup(&cache, "libz.so.1", 36, 1), "/lib/hw/v3/libz.so.1");
	gl_ld_cache_done(&cache);
}
END_TEST

START_TEST(another_byte_order_is_no_cache)
{
	struct gl_ld_cache cache;
	size_t len;
	char *bytes = make(FORMAT_NEW, true, &len);

	ck_assert_int_eq(gl_ld_cache_parse(bytes, len, false, &cache), 1);
	ck_assert_ptr_null(lookup(&cache, "liba.so.1", 36, 1));
}
END_TEST

/* All that a look-up may read; the sanitizers see a wrong one. */
static void use(char *bytes, size_t len)
{
	struct gl_ld_cache cache;

	if (gl_ld_cache_parse(bytes, len, false, &cache))
		return;
	for (size_t i = 0; i < GL_ARRAY_SIZE(lookups); i++) {
		const char *path = lookup(&cache, lookups[i].name, lookups[i].minor, lookups[i].level);

		if (path)
			ck_assert_uint_lt(strlen(path), len + 1);
	}
	gl_ld_cache_done(&cache);
}

/* Exactly len bytes and the NUL that every reader puts behind. */
static char *copy_of(const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

START_TEST(cut_short_anywhere)
{
	size_t len;
	char *bytes = make((enum format)_i, false, &len);

	for (size_t cut = 0; cut < len; cut++)
		use(copy_of(bytes, cut), cut);
	free(bytes);
}
END_TEST

static const uint32_t lies[] = {0, 1, 4, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 100, 1000};

START_TEST(every_word_may_lie)
{
	size_t len;
	char *bytes = make((enum format)_i, false, &len), *copy;

	for (size_t at = 0; at + 4 <= len; at += 4) {
		for (size_t i = 0; i < GL_ARRAY_SIZE(lies); i++) {
			copy = copy_of(bytes, len);
			memcpy(copy + at, &lies[i], sizeof(lies[i]));
			use(copy, len);
		}
	}
	free(bytes);
}
END_TEST

START_TEST(malformed_extensions_leave_plain_entries)
{
	struct gl_ld_cache cache;
	size_t len;
	uint32_t bad = 0xfffffffc, where;
	char *bytes = make(FORMAT_NEW, false, &len);

	memcpy(&where, bytes + 32, sizeof(where));
	memcpy(bytes + where + 8 + 16 + 8, &bad, sizeof(bad)); /* the offset of the names */
	ck_assert_int_eq(gl_ld_cache_parse(bytes, len, false, &cache), 0);
	ck_assert_str_eq(lookup(&cache, "libz.so.1", 36, 4), "/lib/libz.so.1");
	gl_ld_cache_done(&cache);
}
END_TEST

static const struct {
	const char *a, *b;
	int order;
} pairs[] = {
	{"libx.so.9", "libx.so.10", -1},
	{"libx.so.10", "libx.so.9", 1},
	{"a", "a", 0},
	{"a", "ab", -1},
	{"ab", "a", 1},
	{"a1", "aa", 1},
	{"aa", "a1", -1},
	{"a01", "a1", 0},
	{"", "", 0},
	{"1", "", 1},
	{"lib1b", "lib1a", 1},
	{"x99999999999999999999", "x1", 0}, /* beyond an int */
};

START_TEST(names_compare_as_glibc_does)
{
	int got = gl_ld_cache_compare(pairs[_i].a, pairs[_i].b);

	/* Numbers beyond an int wrap around as in glibc: any order will do, but no trap. */
	if (strlen(pairs[_i].a) < 16)
		ck_assert_int_eq((got > 0) - (got < 0), pairs[_i].order);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ld_cache");
	TCase *tcase = tcase_create("ld_cache");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, libraries_are_found, 0, (int)GL_ARRAY_SIZE(lookups));
	tcase_add_test(tcase, the_old_table_knows_no_hwcaps);
	tcase_add_test(tcase, another_byte_order_is_no_cache);
	tcase_add_loop_test(tcase, cut_short_anywhere, 0, FORMAT_MAX);
	tcase_add_loop_test(tcase, every_word_may_lie, 0, FORMAT_MAX);
	tcase_add_test(tcase, malformed_extensions_leave_plain_entries);
	tcase_add_loop_test(tcase, names_compare_as_glibc_does, 0, (int)GL_ARRAY_SIZE(pairs));
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
