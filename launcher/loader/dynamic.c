/*
 * The library path in the program's dynamic section: see loader/dynamic.h.
 *
 * The value of DT_RPATH is an offset from DT_STRTAB.  Loaders add it without
 * looking at DT_STRSZ, modulo 2^64, so the string can be anywhere in memory.
 */
#include "loader/dynamic.h"

#include "loader/memory.h"

#ifndef DT_RUNPATH
#define DT_RUNPATH 29
#endif

static const Elf64_Dyn *find(const struct gl_ld_dynamic *d, int64_t tag)
{
	for (size_t i = 0; d->entries[i].d_tag != DT_NULL; i++)
		if (d->entries[i].d_tag == tag)
			return &d->entries[i];
	return NULL;
}

static bool is_terminated(const Elf64_Dyn *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].d_tag == DT_NULL)
			return true;
	return false;
}

int gl_ld_dynamic_read(const struct gl_ld_elf *elf, uint64_t bias, struct gl_ld_dynamic *ret)
{
	uint64_t count = elf->dynamic->p_memsz / sizeof(Elf64_Dyn);
	struct gl_ld_dynamic d = {.count = count < GL_LD_DYNAMIC_MAX ? count : GL_LD_DYNAMIC_MAX};
	const Elf64_Dyn *strings, *path;

	d.entries = gl_ld_elf_at(elf, bias, elf->dynamic->p_vaddr, d.count * sizeof(Elf64_Dyn), PF_R);
	if (!d.entries || !is_terminated(d.entries, d.count))
		return GL_LD_BAD_DYNAMIC;
	strings = find(&d, DT_STRTAB);
	if (!strings)
		return GL_LD_BAD_DYNAMIC;
	d.strings = strings->d_un.d_ptr;
	d.needs = find(&d, DT_NEEDED) != NULL;
	path = find(&d, DT_RUNPATH);
	if (!path)
		path = find(&d, DT_RPATH);
	if (path) {
		d.path = gl_ld_elf_string(elf, bias, d.strings + path->d_un.d_val, GL_LD_RPATH_MAX);
		if (!d.path)
			return GL_LD_BAD_DYNAMIC;
	}
	*ret = d;
	return 0;
}

/*
 * A directory with one of these in its name would be read as something else: for
 * musl a newline, too, ends an element (ldso/dynlink.c, path_open), and what
 * follows it would be looked for below the working directory.
 */
static bool is_usable(const char *dir, size_t len, bool musl)
{
	for (size_t i = 0; i < len; i++)
		if (dir[i] == ':' || dir[i] == '$' || (musl && dir[i] == '\n'))
			return false;
	return true;
}

static bool starts_with(const char *text, const char *word)
{
	for (; *word; text++, word++)
		if (*text != *word)
			return false;
	return true;
}

static bool is_of_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/*
 * The length of "$ORIGIN" or "${ORIGIN}" at the start of text, or 0.  glibc reads
 * the longest name (elf/dl-load.c, is_dst), musl the word wherever it begins.
 */
static size_t origin_token(const char *text, bool musl)
{
	size_t len = sizeof("$ORIGIN") - 1;

	if (starts_with(text, "$ORIGIN"))
		return musl || !is_of_name(text[len]) ? len : 0;
	return starts_with(text, "${ORIGIN}") ? sizeof("${ORIGIN}") - 1 : 0;
}

/* musl knows no other, and passes over a path that has one. */
static bool has_other_token(const char *path)
{
	while (*path) {
		size_t token = origin_token(path, true);

		if (*path == '$' && token == 0)
			return true;
		path += token ? token : 1;
	}
	return false;
}

int gl_ld_dynamic_path(const char *lib, const char *old, const char *origin, size_t origin_len, bool musl,
		       struct gl_ld_text *ret)
{
	if (!is_usable(lib, strlen(lib), musl))
		return GL_LD_PATH_UNUSABLE;
	gl_ld_text_add(ret, lib);
	/* An empty path is none to the loaders; after a colon it would be the working directory. */
	if (!old || !*old || (musl && has_other_token(old)))
		return ret->cut ? GL_LD_PATH_TOO_LONG : 0;
	gl_ld_text_add(ret, ":");
	while (*old) {
		size_t token = origin_token(old, musl);

		if (token && !is_usable(origin, origin_len, musl))
			return GL_LD_PATH_UNUSABLE;
		gl_ld_text_add_bytes(ret, token ? origin : old, token ? origin_len : 1);
		old += token ? token : 1;
	}
	return ret->cut ? GL_LD_PATH_TOO_LONG : 0;
}

/* The entry to take when no path is there; NULL: none. */
static Elf64_Dyn *spare_entry(const struct gl_ld_dynamic *d)
{
	Elf64_Dyn *syment = NULL;
	size_t i;

	for (i = 0; d->entries[i].d_tag != DT_NULL; i++)
		if (d->entries[i].d_tag == DT_SYMENT)
			syment = &d->entries[i];
	if (i + 1 < d->count && d->entries[i + 1].d_tag == DT_NULL)
		return &d->entries[i];
	return syment;
}

int gl_ld_dynamic_set(const struct gl_ld_dynamic *dynamic, uint64_t bias, uint64_t string)
{
	Elf64_Dyn path = {.d_tag = DT_RPATH, .d_un.d_val = string - (bias + dynamic->strings)};
	bool placed = false;
	Elf64_Dyn *spare;

	for (size_t i = 0; dynamic->entries[i].d_tag != DT_NULL; i++) {
		int64_t tag = dynamic->entries[i].d_tag;

		if (tag == DT_RPATH || tag == DT_RUNPATH) {
			dynamic->entries[i] = path;
			placed = true;
		}
	}
	if (placed)
		return 0;
	spare = spare_entry(dynamic);
	if (!spare)
		return GL_LD_NO_ROOM_FOR_PATH;
	*spare = path;
	return 0;
}
