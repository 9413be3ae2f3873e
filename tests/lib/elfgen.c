/*
 * The ELF generator: see elfgen.h.
 *
 * Written field by field with the sizes of the class and in the byte order
 * asked for, independently of the reader under test: neither libelf nor its
 * structures are used, only the numbers of <elf.h>.
 */
#include "tests/lib/elfgen.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"

#define PAGE 0x1000

enum table { INTERP, NOTES, DYNSTR, DYNSYM, HASH, VERSYM, VERNEED, VERDEF, RELA, DYNAMIC, CODE, TABLE_MAX };

struct gen {
	const struct elfgen *spec;
	struct gl_buf tables[TABLE_MAX];
	size_t at[TABLE_MAX]; /* offsets in the file */
	size_t phnum, symbols, data_at;
	struct gl_buf out;
};

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void put(const struct elfgen *spec, struct gl_buf *b, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		gl_buf_putc(b, (char)(value >> 8 * (spec->big_endian ? size - 1 - i : i)));
}

/* An address, offset or size: 8 or 4 bytes. */
static size_t word(const struct elfgen *spec)
{
	return spec->narrow ? 4 : 8;
}

static void put_word(const struct elfgen *spec, struct gl_buf *b, uint64_t value)
{
	put(spec, b, value, word(spec));
}

static void pad_to(struct gl_buf *b, size_t align)
{
	while (b->len % align)
		gl_buf_putc(b, '\0');
}

static size_t add_string(struct gen *g, const char *text)
{
	size_t at;

	if (g->tables[DYNSTR].len == 0)
		gl_buf_putc(&g->tables[DYNSTR], '\0');
	at = g->tables[DYNSTR].len;
	gl_buf_put(&g->tables[DYNSTR], text, strlen(text) + 1);
	return at;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++) {
		uint32_t high;

		h = (h << 4) + (unsigned char)*name;
		high = h & 0xf0000000;
		h = (h ^ high >> 24) & ~high;
	}
	return h;
}

static void make_notes(struct gen *g)
{
	struct gl_buf *b = &g->tables[NOTES];

	for (const struct elfgen_note *n = g->spec->notes; n && n->name; n++) {
		size_t align = n->align8 ? 8 : 4;

		put(g->spec, b, strlen(n->name) + 1, 4);
		put(g->spec, b, n->desc_len, 4);
		put(g->spec, b, n->type, 4);
		gl_buf_put(b, n->name, strlen(n->name) + 1);
		pad_to(b, align);
		gl_buf_put(b, n->desc, n->desc_len);
		pad_to(b, align);
	}
}

static void put_symbol(struct gen *g, size_t name, bool defined)
{
	struct gl_buf *b = &g->tables[DYNSYM];
	unsigned info = name ? STB_GLOBAL << 4 | STT_FUNC : 0;
	uint64_t value = defined ? ELFGEN_BASE : 0;

	put(g->spec, b, name, 4);
	if (g->spec->narrow) {
		put(g->spec, b, value, 4);
		put(g->spec, b, 0, 4);
	}
	put(g->spec, b, info, 1);
	put(g->spec, b, 0, 1);
	put(g->spec, b, defined ? 1 : SHN_UNDEF, 2);
	if (!g->spec->narrow) {
		put(g->spec, b, value, 8);
		put(g->spec, b, 0, 8);
	}
	g->symbols++;
}

static void make_symbols(struct gen *g)
{
	if (!g->spec->symbols)
		return;
	put_symbol(g, 0, false);
	put(g->spec, &g->tables[VERSYM], 0, 2);
	for (const struct elfgen_symbol *s = g->spec->symbols; s->name; s++) {
		put_symbol(g, add_string(g, s->name), s->defined);
		put(g->spec, &g->tables[VERSYM], s->version, 2);
	}
}

/* One bucket whose chain is the whole table. */
static void make_hash(struct gen *g)
{
	struct gl_buf *b = &g->tables[HASH];
	size_t n = g->symbols;

	if (n == 0)
		return;
	if (!g->spec->gnu_hash) {
		put(g->spec, b, 1, 4);
		put(g->spec, b, n, 4);
		put(g->spec, b, n > 1 ? 1 : 0, 4);
		for (size_t i = 0; i < n; i++)
			put(g->spec, b, i > 0 && i + 1 < n ? i + 1 : 0, 4);
		return;
	}
	put(g->spec, b, 1, 4); /* buckets */
	put(g->spec, b, 1, 4); /* first symbol */
	put(g->spec, b, 1, 4); /* bloom words */
	put(g->spec, b, 0, 4);
	put_word(g->spec, b, UINT64_MAX);
	put(g->spec, b, n > 1 ? 1 : 0, 4);
	for (size_t i = 1; i < n; i++)
		put(g->spec, b, i + 1 == n ? 1 : 2, 4);
}

/* A run of needs from one file. */
static size_t run_length(const struct elfgen_need *n)
{
	size_t count = 1;

	while (n[count].file && !strcmp(n[count].file, n->file))
		count++;
	return count;
}

static void make_verneed(struct gen *g)
{
	struct gl_buf *b = &g->tables[VERNEED];
	const struct elfgen_need *n = g->spec->needs;

	while (n && n->file) {
		size_t count = run_length(n);

		put(g->spec, b, 1, 2);
		put(g->spec, b, count, 2);
		put(g->spec, b, add_string(g, n->file), 4);
		put(g->spec, b, 16, 4);
		put(g->spec, b, n[count].file ? 16 + 16 * count : 0, 4);
		for (size_t i = 0; i < count; i++, n++) {
			put(g->spec, b, sysv_hash(n->version), 4);
			put(g->spec, b, n->weak ? VER_FLG_WEAK : 0, 2);
			put(g->spec, b, n->index, 2);
			put(g->spec, b, add_string(g, n->version), 4);
			put(g->spec, b, i + 1 < count ? 16 : 0, 4);
		}
	}
}

static void put_verdef(struct gen *g, const char *name, unsigned index, bool last)
{
	struct gl_buf *b = &g->tables[VERDEF];

	put(g->spec, b, 1, 2);
	put(g->spec, b, index == 1 ? VER_FLG_BASE : 0, 2);
	put(g->spec, b, index, 2);
	put(g->spec, b, 1, 2);
	put(g->spec, b, sysv_hash(name), 4);
	put(g->spec, b, 20, 4);
	put(g->spec, b, last ? 0 : 28, 4);
	put(g->spec, b, add_string(g, name), 4);
	put(g->spec, b, 0, 4);
}

static void make_verdef(struct gen *g)
{
	const char *const *d = g->spec->defs;

	if (!d)
		return;
	put_verdef(g, g->spec->soname ? g->spec->soname : "self", 1, !*d);
	for (unsigned i = 0; d[i]; i++)
		put_verdef(g, d[i], i + 2, !d[i + 1]);
}

static void make_rela(struct gen *g)
{
	if (!g->spec->rela_at)
		return;
	put(g->spec, &g->tables[RELA], g->spec->rela_at, 8);
	put(g->spec, &g->tables[RELA],
	    g->spec->machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE, 8);
	put(g->spec, &g->tables[RELA], g->spec->rela_value, 8);
}

/* exit_group(0) */
static void make_code(struct gen *g)
{
	static const char code[] = "\x31\xff\xb8\xe7\x00\x00\x00\x0f\x05";

	gl_buf_put(&g->tables[CODE], code, sizeof(code) - 1);
}

static void put_dyn(struct gen *g, int64_t tag, uint64_t value)
{
	put_word(g->spec, &g->tables[DYNAMIC], (uint64_t)tag);
	put_word(g->spec, &g->tables[DYNAMIC], value);
}

static void put_dyn_string(struct gen *g, int64_t tag, const char *text)
{
	if (text)
		put_dyn(g, tag, add_string(g, text));
}

static void put_dyn_table(struct gen *g, int64_t tag, enum table table)
{
	if (g->tables[table].len)
		put_dyn(g, tag, ELFGEN_BASE + g->at[table]);
}

/* Called twice: for its size, and with the places known. */
static void make_dynamic(struct gen *g)
{
	const struct elfgen *s = g->spec;

	if (!s->dynamic && !s->needed && !s->soname && !s->rpath && !s->runpath && !s->needs && !s->defs &&
	    !s->symbols && !s->rela_at)
		return;
	g->tables[DYNAMIC].len = 0;
	for (const char *const *n = s->needed; n && *n; n++)
		put_dyn_string(g, DT_NEEDED, *n);
	put_dyn_string(g, DT_SONAME, s->soname);
	put_dyn_string(g, DT_RPATH, s->rpath);
	put_dyn_string(g, DT_RUNPATH, s->runpath);
	put_dyn_table(g, DT_STRTAB, DYNSTR);
	put_dyn(g, DT_STRSZ, g->tables[DYNSTR].len);
	put_dyn_table(g, DT_SYMTAB, DYNSYM);
	put_dyn_table(g, s->gnu_hash ? DT_GNU_HASH : DT_HASH, HASH);
	put_dyn_table(g, DT_VERSYM, VERSYM);
	put_dyn_table(g, DT_VERNEED, VERNEED);
	put_dyn_table(g, DT_VERDEF, VERDEF);
	put_dyn_table(g, DT_RELA, RELA);
	put_dyn(g, DT_RELASZ, g->tables[RELA].len);
	put_dyn(g, DT_NULL, 0);
}

static size_t ehdr_size(const struct elfgen *s)
{
	return s->narrow ? 52 : 64;
}

static size_t phdr_size(const struct elfgen *s)
{
	return s->narrow ? 32 : 56;
}

static size_t count_phdrs(const struct gen *g)
{
	return 1 + (g->spec->data_len > 0) + (g->spec->interp != NULL) + (g->tables[NOTES].len > 0) +
	       (g->tables[DYNAMIC].len > 0);
}

static size_t round_up(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

static void place_tables(struct gen *g)
{
	size_t at = ehdr_size(g->spec) + g->phnum * phdr_size(g->spec);

	for (size_t i = 0; i < TABLE_MAX; i++) {
		at = round_up(at, 8);
		g->at[i] = at;
		at += g->tables[i].len;
	}
	g->data_at = g->spec->data_len ? round_up(at, PAGE) : at;
}

static void put_ehdr(struct gen *g, size_t shoff, unsigned shnum)
{
	const struct elfgen *s = g->spec;
	const char ident[EI_NIDENT] = {0x7f,
				       'E',
				       'L',
				       'F',
				       s->narrow ? ELFCLASS32 : ELFCLASS64,
				       s->big_endian ? ELFDATA2MSB : ELFDATA2LSB,
				       EV_CURRENT,
				       (char)s->osabi};

	gl_buf_put(&g->out, ident, sizeof(ident));
	put(s, &g->out, s->type ? s->type : ET_EXEC, 2);
	put(s, &g->out, s->machine ? s->machine : EM_X86_64, 2);
	put(s, &g->out, EV_CURRENT, 4);
	put_word(s, &g->out, ELFGEN_BASE + g->at[CODE]);
	put_word(s, &g->out, ehdr_size(s));
	put_word(s, &g->out, shoff);
	put(s, &g->out, 0, 4);
	put(s, &g->out, ehdr_size(s), 2);
	put(s, &g->out, phdr_size(s), 2);
	put(s, &g->out, g->phnum, 2);
	put(s, &g->out, s->narrow ? 40 : 64, 2);
	put(s, &g->out, shnum, 2);
	put(s, &g->out, shnum ? shnum - 1 : 0, 2);
}

static void put_phdr(struct gen *g, uint32_t type, uint32_t flags, size_t at, size_t len, size_t align)
{
	const struct elfgen *s = g->spec;

	put(s, &g->out, type, 4);
	if (!s->narrow)
		put(s, &g->out, flags, 4);
	put_word(s, &g->out, at);
	put_word(s, &g->out, ELFGEN_BASE + at);
	put_word(s, &g->out, ELFGEN_BASE + at);
	put_word(s, &g->out, len);
	put_word(s, &g->out, len);
	if (s->narrow)
		put(s, &g->out, flags, 4);
	put_word(s, &g->out, align);
}

static void put_phdrs(struct gen *g)
{
	const struct elfgen *s = g->spec;

	if (s->interp)
		put_phdr(g, PT_INTERP, PF_R, g->at[INTERP], g->tables[INTERP].len, 1);
	put_phdr(g, PT_LOAD, PF_R | PF_X, 0, g->at[CODE] + g->tables[CODE].len, PAGE);
	if (s->data_len)
		put_phdr(g, PT_LOAD, PF_R | PF_W, g->data_at, s->data_len, PAGE);
	if (g->tables[NOTES].len)
		put_phdr(g, PT_NOTE, PF_R, g->at[NOTES], g->tables[NOTES].len, s->notes->align8 ? 8 : 4);
	if (g->tables[DYNAMIC].len)
		put_phdr(g, PT_DYNAMIC, PF_R, g->at[DYNAMIC], g->tables[DYNAMIC].len, 8);
}

static void put_shdr(struct gen *g, size_t name, uint32_t type, size_t at, size_t len)
{
	const struct elfgen *s = g->spec;
	uint64_t vaddr = type == SHT_STRTAB || type == SHT_NULL ? 0 : ELFGEN_BASE + at;

	put(s, &g->out, name, 4);
	put(s, &g->out, type, 4);
	put_word(s, &g->out, 0);
	put_word(s, &g->out, vaddr);
	put_word(s, &g->out, at);
	put_word(s, &g->out, len);
	put(s, &g->out, 0, 4);
	put(s, &g->out, 0, 4);
	put_word(s, &g->out, 1);
	put_word(s, &g->out, 0);
}

/* Names of the fixed sections, then that of the data, then that of the empty one. */
static const char section_names[] = "\0.text\0.dynsym\0.shstrtab";

static void make_section_names(const struct gen *g, struct gl_buf *names)
{
	const struct elfgen *s = g->spec;

	gl_buf_put(names, section_names, sizeof(section_names));
	gl_buf_put(names, s->data_section, strlen(s->data_section) + 1);
	if (s->empty_section)
		gl_buf_put(names, s->empty_section, strlen(s->empty_section) + 1);
}

static unsigned section_count(const struct elfgen *s)
{
	return s->data_section ? 5 + (s->empty_section != NULL) : 0;
}

static void put_sections(struct gen *g, size_t names_at, size_t names_len)
{
	size_t data_name = sizeof(section_names);

	put_shdr(g, 0, SHT_NULL, 0, 0);
	put_shdr(g, 1, SHT_PROGBITS, g->at[CODE], g->tables[CODE].len);
	put_shdr(g, 7, SHT_DYNSYM, g->at[DYNSYM], g->tables[DYNSYM].len);
	put_shdr(g, data_name, SHT_PROGBITS, g->data_at, g->spec->data_len);
	if (g->spec->empty_section)
		put_shdr(g, data_name + strlen(g->spec->data_section) + 1, SHT_PROGBITS, g->data_at, 0);
	put_shdr(g, 15, SHT_STRTAB, names_at, names_len);
}

static void put_bytes_at(struct gl_buf *b, size_t at, const void *bytes, size_t len)
{
	need(b->len <= at);
	while (b->len < at)
		gl_buf_putc(b, '\0');
	gl_buf_put(b, bytes, len);
}

/* Headers, tables, data, sections. */
static void assemble(struct gen *g, struct elfgen_file *ret)
{
	const struct elfgen *s = g->spec;
	size_t names_at = g->data_at + s->data_len;
	struct gl_buf names = GL_BUF_INIT;

	if (s->data_section)
		make_section_names(g, &names);
	ret->shoff = s->data_section ? round_up(names_at + names.len, 8) : 0;
	put_ehdr(g, ret->shoff, section_count(s));
	put_phdrs(g);
	for (size_t i = 0; i < TABLE_MAX; i++)
		put_bytes_at(&g->out, g->at[i], gl_buf_text(&g->tables[i]), g->tables[i].len);
	if (s->data_len)
		put_bytes_at(&g->out, g->data_at, s->data, s->data_len);
	if (s->data_section) {
		put_bytes_at(&g->out, names_at, names.data, names.len);
		pad_to(&g->out, 8);
		put_sections(g, names_at, names.len);
	}
	gl_buf_done(&names);
}

static size_t place_of(const struct gen *g, enum table table)
{
	return g->tables[table].len ? g->at[table] : 0;
}

static void report_places(const struct gen *g, struct elfgen_file *ret)
{
	ret->phoff = ehdr_size(g->spec);
	ret->phnum = g->phnum;
	ret->interp = place_of(g, INTERP);
	ret->dynamic = place_of(g, DYNAMIC);
	ret->hash = place_of(g, HASH);
	ret->symtab = place_of(g, DYNSYM);
	ret->versym = place_of(g, VERSYM);
	ret->verneed = place_of(g, VERNEED);
	ret->verdef = place_of(g, VERDEF);
	ret->notes = place_of(g, NOTES);
	ret->data = g->spec->data_len ? g->data_at : 0;
}

void elfgen_make(const struct elfgen *spec, struct elfgen_file *ret)
{
	struct gen g = {.spec = spec};
	size_t strings;

	*ret = (struct elfgen_file){.bytes = NULL};
	if (spec->interp)
		gl_buf_put(&g.tables[INTERP], spec->interp, strlen(spec->interp) + 1);
	make_notes(&g);
	make_symbols(&g);
	make_hash(&g);
	make_verneed(&g);
	make_verdef(&g);
	make_rela(&g);
	make_code(&g);
	/* Strings of the dynamic section are added by each of its passes: the first only counts. */
	strings = g.tables[DYNSTR].len;
	for (int pass = 0; pass < 3; pass++) {
		g.tables[DYNSTR].len = strings;
		make_dynamic(&g);
		g.phnum = count_phdrs(&g);
		place_tables(&g);
	}
	assemble(&g, ret);
	report_places(&g, ret);
	need(!gl_buf_error(&g.out));
	ret->len = g.out.len;
	ret->bytes = (unsigned char *)gl_buf_take(&g.out);
	for (size_t i = 0; i < TABLE_MAX; i++)
		gl_buf_done(&g.tables[i]);
}

void elfgen_done(struct elfgen_file *file)
{
	free(file->bytes);
	*file = (struct elfgen_file){.bytes = NULL};
}

int elfgen_fd(const void *bytes, size_t len)
{
	int fd = memfd_create("elfgen", MFD_CLOEXEC);

	need(fd >= 0);
	need(write(fd, bytes, len) == (ssize_t)len);
	return fd;
}

size_t elfgen_phdr(const struct elfgen *spec, const struct elfgen_file *file, uint32_t type)
{
	for (size_t i = 0; i < file->phnum; i++) {
		size_t at = file->phoff + i * phdr_size(spec);
		uint32_t have = 0;

		for (size_t k = 0; k < 4; k++)
			have |= (uint32_t)file->bytes[at + k] << 8 * (spec->big_endian ? 3 - k : k);
		if (have == type)
			return at;
	}
	abort();
}

void elfgen_poke(const struct elfgen *spec, struct elfgen_file *file, size_t at, size_t size, uint64_t value)
{
	need(at + size <= file->len);
	for (size_t i = 0; i < size; i++)
		file->bytes[at + i] = (unsigned char)(value >> 8 * (spec->big_endian ? size - 1 - i : i));
}
