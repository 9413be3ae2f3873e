/*
 * Sub-directories for better CPUs: see host/hwcaps.h.
 *
 * The legacy ones are the power set of {capabilities, platform, "tls"}: glibc
 * counts a number down, each set bit naming one part, the highest bit first in
 * the path (2.36 elf/dl-hwcaps.c, _dl_important_hwcaps()).  They exist on hardly any
 * system, so what they cost is one failed stat per directory.
 */
#include "host/hwcaps.h"

#include <elf.h>

#define FIRST_NAMED_MINOR	   33
#define FIRST_WITHOUT_LEGACY_MINOR 37

const char *const gl_hwcaps_roots[] = {"glibc-hwcaps", "tls", "x86_64", "haswell", "avx512_1", NULL};

/*
 * x86-64's legacy names, with the bits of an entry's hwcap mask in the cache
 * (2.36 sysdeps/x86/dl-procinfo.c, dl-hwcap.h); the order is that of the bits
 * that are counted.  Other machines that golaunch knows have "tls" only.
 */
static const struct {
	const char *name;
	unsigned level; /* the CPU level that has it */
	uint64_t cache_bit;
	bool platform; /* the best one counts, not all */
} legacy[] = {
	{"x86_64", 1, UINT64_C(1) << 1, false},
	{"avx512_1", 4, UINT64_C(1) << 2, false},
	{"haswell", 3, UINT64_C(1) << 50, true},
	{"x86_64", 1, 0, true},
};
#define CACHE_BIT_TLS (UINT64_C(1) << 63)

#define MAX_PARTS 4 /* two capabilities, one platform, tls */

static bool has_named(unsigned minor)
{
	return !minor || minor >= FIRST_NAMED_MINOR;
}

static bool has_legacy(unsigned minor)
{
	return minor && minor < FIRST_WITHOUT_LEGACY_MINOR;
}

static void add(struct gl_hwcaps *list, const char *prefix, const char *name)
{
	if (list->count == GL_HWCAPS_MAX_SUBDIRS)
		return;
	snprintf(list->subdirs[list->count++], GL_HWCAPS_MAX_LENGTH, "%s%s/", prefix, name);
}

static void add_named(struct gl_host *host, const struct gl_arch *arch, struct gl_hwcaps *list)
{
	unsigned level = arch->hwcaps_highest_level;

	for (size_t i = 0; i < GL_ARCH_HWCAPS_MAX && arch->hwcaps[i]; i++, level--) {
		if (level <= gl_host_cpu_level(host))
			add(list, "glibc-hwcaps/", arch->hwcaps[i]);
	}
}

/* What the combinations are made of, lowest bit first. */
static size_t legacy_parts(struct gl_host *host, const struct gl_arch *arch, const char *parts[MAX_PARTS])
{
	bool platform = false;
	size_t count = 0;

	for (size_t i = 0; arch->elf_machine == EM_X86_64 && i < GL_ARRAY_SIZE(legacy); i++) {
		if (legacy[i].level > gl_host_cpu_level(host) || (legacy[i].platform && platform))
			continue;
		platform = legacy[i].platform;
		parts[count++] = legacy[i].name;
	}
	parts[count++] = "tls";
	return count;
}

static void add_legacy(struct gl_host *host, const struct gl_arch *arch, struct gl_hwcaps *list)
{
	const char *parts[MAX_PARTS];
	size_t count = legacy_parts(host, arch, parts);
	char path[GL_HWCAPS_MAX_LENGTH / 2]; /* the longest: "tls/haswell/avx512_1/x86_64" */
	int len;

	for (unsigned set = (1u << count) - 1; set; set--) {
		len = 0;
		for (size_t bit = count; bit-- > 0;) {
			if (set & 1u << bit)
				len += snprintf(path + len, sizeof(path) - (size_t)len, "%s%s",
						len ? "/" : "", parts[bit]);
		}
		add(list, "", path);
	}
}

void gl_hwcaps_list(struct gl_host *host, const struct gl_arch *arch, unsigned minor, struct gl_hwcaps *ret)
{
	ret->count = 0;
	if (host->baseline)
		return;
	if (has_named(minor))
		add_named(host, arch, ret);
	if (has_legacy(minor))
		add_legacy(host, arch, ret);
}

/* The place of a glibc-hwcaps name among those this CPU has, 1 first; 0: not among them. */
static unsigned rank_named(struct gl_host *host, const struct gl_arch *arch,
			   const struct gl_ld_cache_want *want)
{
	unsigned level = arch->hwcaps_highest_level;

	if (!want->name || (want->isa_bit && want->isa_bit + 1 > gl_host_cpu_level(host)))
		return 0;
	for (unsigned i = 0; i < GL_ARCH_HWCAPS_MAX && arch->hwcaps[i]; i++, level--) {
		if (!strcmp(arch->hwcaps[i], want->name))
			return level <= gl_host_cpu_level(host) ? i + 1 : 0;
	}
	return 0;
}

/* All bits must be known and had; of the platform's bits only the best one. */
static unsigned rank_legacy(struct gl_host *host, const struct gl_arch *arch, uint64_t mask)
{
	mask &= ~CACHE_BIT_TLS;
	for (size_t i = 0; arch->elf_machine == EM_X86_64 && i < GL_ARRAY_SIZE(legacy); i++) {
		if (mask & legacy[i].cache_bit && legacy[i].level <= gl_host_cpu_level(host))
			mask &= ~legacy[i].cache_bit;
	}
	return mask ? 0 : 1;
}

unsigned gl_hwcaps_rank(struct gl_host *host, const struct gl_arch *arch, unsigned minor,
			const struct gl_ld_cache_want *want)
{
	if (host->baseline)
		return 0;
	if (want->named)
		return has_named(minor) ? rank_named(host, arch, want) : 0;
	return has_legacy(minor) ? rank_legacy(host, arch, want->legacy) : 0;
}
