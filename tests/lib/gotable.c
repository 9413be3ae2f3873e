/*
 * Programs with a pclntab: see gotable.h.
 */
#include "tests/lib/gotable.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"

#define PAGE	       0x1000
#define FUNCS_MAX      4096
#define MODULE_LEN     0x1000 /* GOTABLE_DATA - GOTABLE_MODULE */
#define HEADER_115     16
#define FUNCID_WRAPPER 22 /* of Go 1.22; all but 0 are of special functions */

/* Offsets of the parts of one function in theirs. */
struct placed {
	uint32_t name, file, record;
	uint32_t pcsp, pcfile, pcln, inlining; /* 0: none */
	uint32_t tree;
	bool has_tree;
};

/* What offsets of names, values and files are counted from: in 1.15 the table, else their part; the trees' address. */
struct bases {
	uint32_t names, values, files;
	uint64_t trees;
};

struct gen {
	const struct gotable *spec;
	size_t count;
	struct placed funcs[FUNCS_MAX];
	struct gl_buf names, units, files, values, trees, functab;
	uint64_t names_at, values_at, units_at, files_at, functab_at; /* in the table */
	struct bases bases; /* known once all was made for the first time */
	struct gl_buf table, module;
};

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void put(struct gl_buf *b, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		gl_buf_putc(b, (char)(value >> 8 * i));
}

static void pad_to(struct gl_buf *b, size_t len)
{
	while (b->len < len)
		gl_buf_putc(b, '\0');
}

static void align(struct gl_buf *b, size_t to)
{
	pad_to(b, (b->len + to - 1) / to * to);
}

static void poke(struct gl_buf *b, size_t at, uint64_t value, size_t size)
{
	need(at + size <= b->len);
	for (size_t i = 0; i < size; i++)
		b->data[at + i] = (char)(value >> 8 * i);
}

static uint32_t add_string(struct gl_buf *b, const char *text)
{
	uint32_t at = (uint32_t)b->len;

	gl_buf_put(b, text, strlen(text) + 1);
	return at;
}

uint64_t gotable_entry(const struct gotable *spec, size_t index)
{
	uint64_t at = GOTABLE_TEXT;

	for (size_t i = 0; i < index; i++)
		at += spec->funcs[i].size;
	return at;
}

static unsigned quantum(const struct gotable *spec)
{
	return spec->machine == EM_AARCH64 ? 4 : 1;
}

static void put_uvarint(struct gl_buf *b, uint32_t n)
{
	for (; n >= 0x80; n >>= 7)
		gl_buf_putc(b, (char)(n | 0x80));
	gl_buf_putc(b, (char)n);
}

enum column { LINE, DELTA, CALL, FILE_NUMBER };

static int32_t value_of(const struct gotable_span *span, enum column column, int32_t file)
{
	const int32_t values[] = {
		[LINE] = span->line, [DELTA] = span->delta, [CALL] = span->call, [FILE_NUMBER] = file};

	return values[column];
}

/* One table of (value, pc) pairs. */
static uint32_t put_values(struct gen *g, const struct gotable_func *f, enum column column, int32_t file)
{
	uint32_t at = g->bases.values + (uint32_t)g->values.len, pc = 0;
	int32_t value = -1;

	for (const struct gotable_span *s = f->spans;; s++) {
		int32_t next = value_of(s, column, file), delta = next - value;

		/* a value that stays needs no pair, but the first */
		if (delta != 0 || s == f->spans) {
			const struct gotable_span *end = s;

			while (end->until < f->size && value_of(end + 1, column, file) == next)
				end++;
			put_uvarint(&g->values, (uint32_t)delta << 1 ^ (uint32_t)(delta >> 31));
			put_uvarint(&g->values, (end->until - pc) / quantum(g->spec));
			pc = end->until;
			value = next;
		}
		if (s->until >= f->size)
			break;
	}
	gl_buf_putc(&g->values, '\0');
	return at;
}

static size_t count_calls(const struct gotable_func *f)
{
	size_t n = 0;

	while (f->calls && f->calls[n].name)
		n++;
	return n;
}

/* Names in the order in which the linker meets them: the function, then those inlined into it. */
static void put_tree(struct gen *g, const struct gotable_func *f, struct placed *p)
{
	bool old = g->spec->layout != GOTABLE_120;

	p->has_tree = count_calls(f) > 0;
	p->tree = (uint32_t)g->trees.len;
	for (size_t i = 0; i < count_calls(f); i++) {
		uint32_t name = g->bases.names + add_string(&g->names, f->calls[i].name);

		put(&g->trees, 0, 4); /* parent, function id */
		if (old)
			put(&g->trees, 0, 8); /* file, line of the call */
		put(&g->trees, name, 4);
		put(&g->trees, f->calls[i].parent, 4);
		if (!old)
			put(&g->trees, 0, 4); /* start line */
	}
}

/* Has the string table that name already?  The linker has each function's name once. */
static bool find_name(const struct gen *g, const char *name, uint32_t *ret)
{
	for (size_t at = 0; at < g->names.len; at += strlen(g->names.data + at) + 1)
		if (!strcmp(g->names.data + at, name)) {
			*ret = (uint32_t)at;
			return true;
		}
	return false;
}

/*
 * A name that was met before as an inlined one is not written again; two
 * functions of one name are two symbols, with a name each.
 */
static uint32_t function_name(struct gen *g, size_t index)
{
	uint32_t at;

	for (size_t i = 0; i < index; i++)
		if (!strcmp(g->spec->funcs[i].name, g->spec->funcs[index].name))
			return add_string(&g->names, g->spec->funcs[index].name);
	return find_name(g, g->spec->funcs[index].name, &at)
		       ? at
		       : add_string(&g->names, g->spec->funcs[index].name);
}

static void place_func(struct gen *g, size_t index)
{
	const struct gotable_func *f = &g->spec->funcs[index];
	struct placed *p = &g->funcs[index];
	int32_t number = (int32_t)index;

	p->name = g->bases.names + function_name(g, index);
	put_tree(g, f, p);
	p->file = f->file ? g->bases.files + add_string(&g->files, f->file) : UINT32_MAX;
	put(&g->units, p->file, 4);
	if (!f->spans)
		return;
	p->pcsp = put_values(g, f, DELTA, 0);
	p->pcfile = put_values(g, f, FILE_NUMBER, number);
	p->pcln = put_values(g, f, LINE, 0);
	if (p->has_tree)
		p->inlining = put_values(g, f, CALL, 0);
}

/* -- functab and _func -- */

static bool wide(const struct gen *g)
{
	return g->spec->layout < GOTABLE_118;
}

static bool is_wrapper(const struct gotable_func *f)
{
	return f->file && !strcmp(f->file, "<autogenerated>");
}

static void put_record(struct gen *g, size_t index)
{
	struct placed *p = &g->funcs[index];
	struct gl_buf *b = &g->functab;
	unsigned trees = g->spec->layout == GOTABLE_115 ? 5 : 4;
	uint64_t entry = gotable_entry(g->spec, index);

	align(b, 8);
	p->record = (uint32_t)b->len;
	put(b, wide(g) ? entry : entry - GOTABLE_TEXT, wide(g) ? 8 : 4);
	put(b, p->name, 4);
	put(b, 0, 8); /* args, deferreturn */
	put(b, p->pcsp, 4);
	put(b, p->pcfile, 4);
	put(b, p->pcln, 4);
	put(b, p->has_tree ? 3 : 0, 4);
	if (g->spec->layout >= GOTABLE_116)
		put(b, 0, 4); /* unit: the first */
	if (g->spec->layout == GOTABLE_120)
		put(b, 1, 4); /* start line */
	put(b, is_wrapper(&g->spec->funcs[index]) ? FUNCID_WRAPPER : 0, 1);
	put(b, 0, 2);
	put(b, p->has_tree ? trees : 0, 1);
	if (!p->has_tree)
		return;
	put(b, 0, 8); /* pcdata 0 and 1 */
	put(b, p->inlining, 4);
	if (wide(g))
		align(b, 8);
	for (unsigned i = 0; i + 1 < trees; i++)
		put(b, wide(g) ? 0 : UINT32_MAX, wide(g) ? 8 : 4);
	put(b, p->tree + (wide(g) ? g->bases.trees : 0), wide(g) ? 8 : 4);
}

static void make_functab(struct gen *g)
{
	/* in 1.15 records are counted from the start of the table, too */
	size_t half = wide(g) ? 8 : 4, base = g->spec->layout == GOTABLE_115 ? HEADER_115 : 0;

	pad_to(&g->functab, (2 * g->count + 1) * half);
	if (g->spec->layout == GOTABLE_115)
		put(&g->functab, 0, 4); /* where the files are */
	for (size_t i = 0; i < g->count; i++)
		put_record(g, i);
	for (size_t i = 0; i <= g->count; i++) {
		uint64_t entry = gotable_entry(g->spec, i);

		poke(&g->functab, 2 * i * half, wide(g) ? entry : entry - GOTABLE_TEXT, half);
		if (i < g->count)
			poke(&g->functab, (2 * i + 1) * half, base + g->funcs[i].record, half);
	}
}

/* -- the table -- */

static void put_header(struct gen *g)
{
	static const uint32_t magics[] = {0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1};
	struct gl_buf *b = &g->table;

	put(b, magics[g->spec->layout], 4);
	put(b, 0, 2);
	put(b, quantum(g->spec), 1);
	put(b, 8, 1);
	put(b, g->count, 8);
}

static void put_part(struct gen *g, const struct gl_buf *part, uint64_t *ret_at, size_t word)
{
	align(&g->table, 8);
	*ret_at = g->table.len;
	gl_buf_put(&g->table, gl_buf_text(part), part->len);
	poke(&g->table, 8 * word, *ret_at, 8);
}

static void make_parted(struct gen *g)
{
	size_t first = g->spec->layout == GOTABLE_116 ? 3 : 4;

	put_header(g);
	pad_to(&g->table, 8 * (first + 5));
	if (first == 4 && !g->spec->no_text)
		poke(&g->table, 24, GOTABLE_TEXT, 8);
	put_part(g, &g->names, &g->names_at, first);
	put_part(g, &g->units, &g->units_at, first + 1);
	put_part(g, &g->files, &g->files_at, first + 2);
	put_part(g, &g->values, &g->values_at, first + 3);
	put_part(g, &g->functab, &g->functab_at, first + 4);
}

static uint64_t append(struct gen *g, const struct gl_buf *part)
{
	uint64_t at = g->table.len;

	gl_buf_put(&g->table, gl_buf_text(part), part->len);
	align(&g->table, 8);
	return at;
}

/* Go 1.15: one after the other; what follows the functab says where the files are. */
static void make_single(struct gen *g)
{
	put_header(g);
	g->functab_at = append(g, &g->functab);
	g->names_at = append(g, &g->names);
	g->values_at = append(g, &g->values);
	g->units_at = append(g, &g->units);
	g->files_at = append(g, &g->files);
	poke(&g->table, HEADER_115 + (2 * g->count + 1) * 8, g->units_at, 4);
}

static void place_all(struct gen *g)
{
	gl_buf_putc(&g->values, '\0'); /* offset 0 means none */
	for (g->count = 0; g->spec->funcs[g->count].name; g->count++) {
		need(g->count < FUNCS_MAX);
		g->funcs[g->count] = (struct placed){0};
		place_func(g, g->count);
	}
}

static void make_table(struct gen *g)
{
	bool single = g->spec->layout == GOTABLE_115;

	place_all(g);
	make_functab(g);
	(single ? make_single : make_parted)(g);
	align(&g->table, 8);
	g->bases.trees = GOTABLE_TABLE + g->table.len;
	if (!single)
		return;
	g->bases.names = (uint32_t)g->names_at;
	g->bases.values = (uint32_t)g->values_at;
	g->bases.files = (uint32_t)g->files_at;
}

static void empty_table(struct gen *g)
{
	struct gl_buf *const parts[] = {&g->names, &g->units,	&g->files, &g->values,
					&g->trees, &g->functab, &g->table};

	for (size_t i = 0; i < GL_ARRAY_SIZE(parts); i++)
		gl_buf_done(parts[i]);
}

/* -- the moduledata -- */

static void make_module(struct gen *g)
{
	bool single = g->spec->layout == GOTABLE_115;
	struct gl_buf *b = &g->module;
	size_t functab = single ? 24 : 128, text = single ? 96 : 176;
	size_t gofunc = g->spec->gofunc ? g->spec->gofunc : g->spec->layout == GOTABLE_118 ? 304 : 320;

	pad_to(b, MODULE_LEN);
	if (g->spec->no_module)
		return;
	poke(b, 0, GOTABLE_TABLE, 8);
	if (!single)
		poke(b, 8, GOTABLE_TABLE + g->names_at, 8);
	poke(b, functab, GOTABLE_TABLE + g->functab_at, 8);
	poke(b, functab + 8, g->count + 1, 8);
	poke(b, functab + 16, g->count + 1, 8);
	poke(b, text, GOTABLE_TEXT, 8);
	if (!wide(g))
		poke(b, gofunc, g->bases.trees, 8);
	if (!g->spec->slice_at)
		return;
	poke(b, g->spec->slice_at, g->spec->slice, 8);
	poke(b, g->spec->slice_at + 8, g->spec->slice_len, 8);
	poke(b, g->spec->slice_at + 16, g->spec->slice_len, 8);
}

/* -- the file -- */

static void put_phdr(struct gl_buf *b, uint32_t flags, uint64_t at, uint64_t vaddr, uint64_t len)
{
	put(b, PT_LOAD, 4);
	put(b, flags, 4);
	put(b, at, 8);
	put(b, vaddr, 8);
	put(b, vaddr, 8);
	put(b, len, 8);
	put(b, len, 8);
	put(b, PAGE, 8);
}

static void put_ehdr(const struct gotable *spec, struct gl_buf *b)
{
	static const char ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};

	gl_buf_put(b, ident, sizeof(ident));
	put(b, ET_EXEC, 2);
	put(b, spec->machine ? spec->machine : EM_X86_64, 2);
	put(b, EV_CURRENT, 4);
	put(b, GOTABLE_TEXT, 8);
	put(b, 64, 8);
	put(b, 0, 8); /* sections */
	put(b, 0, 4);
	put(b, 64, 2);
	put(b, 56, 2);
	put(b, 3, 2);
	put(b, 64, 2);
	put(b, 0, 4);
}

static size_t page_up(size_t n)
{
	return (n + PAGE - 1) / PAGE * PAGE;
}

size_t gotable_file_table(const struct gotable *spec)
{
	size_t count = 0;

	while (spec->funcs[count].name)
		count++;
	return page_up(GOTABLE_FILE_TEXT + (size_t)(gotable_entry(spec, count) - GOTABLE_TEXT));
}

static void put_text(const struct gen *g, struct gl_buf *b)
{
	pad_to(b, GOTABLE_FILE_TEXT);
	for (size_t i = 0; i < g->count; i++) {
		const struct gotable_func *f = &g->spec->funcs[i];

		if (f->code)
			gl_buf_put(b, f->code, f->size);
		else
			pad_to(b, b->len + f->size);
	}
}

static void make_file(const struct gen *g, struct gl_buf *b)
{
	size_t table = gotable_file_table(g->spec), table_len = g->table.len + g->trees.len;
	size_t module = page_up(table + table_len);

	put_ehdr(g->spec, b);
	put_phdr(b, PF_R | PF_X, GOTABLE_FILE_TEXT, GOTABLE_TEXT,
		 gotable_entry(g->spec, g->count) - GOTABLE_TEXT);
	put_phdr(b, PF_R, table, GOTABLE_TABLE, table_len);
	put_phdr(b, PF_R | PF_W, module, GOTABLE_MODULE, MODULE_LEN + g->spec->data_len);
	put_text(g, b);
	pad_to(b, table);
	gl_buf_put(b, g->table.data, g->table.len);
	gl_buf_put(b, gl_buf_text(&g->trees), g->trees.len);
	pad_to(b, module);
	gl_buf_put(b, g->module.data, g->module.len);
	if (g->spec->data_len)
		gl_buf_put(b, g->spec->data, g->spec->data_len);
}

void gotable_make(const struct gotable *spec, struct elfgen_file *ret)
{
	struct gen *g = calloc(1, sizeof(*g));
	struct gl_buf file = GL_BUF_INIT;

	need(g != NULL);
	g->spec = spec;
	make_table(g);
	empty_table(g);
	make_table(g);
	make_module(g);
	make_file(g, &file);
	need(gl_buf_error(&file) == 0);
	*ret = (struct elfgen_file){.len = file.len};
	ret->bytes = (unsigned char *)gl_buf_take(&file);
	need(ret->bytes != NULL);
	empty_table(g);
	gl_buf_done(&g->module);
	free(g);
}
