/*
 * An ELF program or loader, read and checked: see loader/elf.h.
 *
 * Every sum of two numbers of the file goes through a check for overflow, and
 * after gl_ld_elf_read() said yes none of the later ones can overflow: all
 * addresses are below GL_LD_TASK_END, all offsets within the file.
 */
#include "loader/elf.h"

#include "loader/machine.h"
#include "loader/memory.h"
#include "loader/text.h"

static bool add(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

/* [at, at + len) within [0, end)? */
static bool within(uint64_t at, uint64_t len, uint64_t end)
{
	return len <= end && at <= end - len;
}

/* Exactly len bytes at offset.  Returns 0, GL_LD_TRUNCATED or -errno. */
static int read_all(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	long got;

	if (!within(offset, len, source->size))
		return GL_LD_TRUNCATED;
	got = source->read(source, to, len, offset);
	if (got < 0)
		return (int)got;
	return (size_t)got == len ? 0 : GL_LD_TRUNCATED;
}

static int check_identity(const Elf64_Ehdr *h, enum gl_ld_role role)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return GL_LD_NOT_ELF;
	/* e_machine is where it is in both classes: "another machine" says more than "32 bits". */
	if (h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_machine != GL_LD_MACHINE)
		return GL_LD_WRONG_MACHINE;
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
		return GL_LD_WRONG_CLASS;
	if (h->e_type == ET_DYN)
		return 0;
	if (role == GL_LD_LOADER)
		return GL_LD_NOT_A_LOADER;
	return h->e_type == ET_EXEC ? 0 : GL_LD_WRONG_TYPE;
}

static int read_headers(const struct gl_ld_source *source, enum gl_ld_role role, struct gl_ld_elf *elf)
{
	Elf64_Ehdr *h = &elf->header;
	int r = read_all(source, h, sizeof(*h), 0);

	/* Short files are told by what they are not. */
	if (r == GL_LD_TRUNCATED &&
	    (read_all(source, h, SELFMAG, 0) != 0 || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0))
		return GL_LD_NOT_ELF;
	if (r == 0)
		r = check_identity(h, role);
	if (r != 0)
		return r;
	if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phnum > GL_LD_SEGMENTS_MAX)
		return GL_LD_BAD_HEADERS;
	return read_all(source, elf->segments, h->e_phnum * sizeof(Elf64_Phdr), h->e_phoff);
}

/* The part of a segment that comes from the file. */
static int check_file_part(const Elf64_Phdr *p, uint64_t page, uint64_t size)
{
	if (p->p_filesz > p->p_memsz)
		return GL_LD_BAD_SEGMENTS;
	if (p->p_filesz == 0)
		return 0;
	if (!within(p->p_offset, p->p_filesz, size))
		return GL_LD_TRUNCATED;
	if ((p->p_offset ^ p->p_vaddr) & 0xfff)
		return GL_LD_BAD_SEGMENTS;
	return (p->p_offset ^ p->p_vaddr) & (page - 1) ? GL_LD_BAD_PAGES : 0;
}

/* The kernel skips an alignment that is no power of two; so do we. */
static void note_align(struct gl_ld_elf *elf, uint64_t align)
{
	if ((align & (align - 1)) == 0 && align > elf->align)
		elf->align = align;
}

/* One PT_LOAD; *before is where the one before ended, *high its page's end. */
static int check_load(const Elf64_Phdr *p, uint64_t page, uint64_t size, uint64_t *before,
		      struct gl_ld_elf *elf)
{
	uint64_t begin = p->p_vaddr & ~(page - 1), end;
	int r = check_file_part(p, page, size);

	if (r != 0)
		return r;
	if (!add(p->p_vaddr, p->p_memsz, &end) || end > GL_LD_TASK_END)
		return GL_LD_BAD_SEGMENTS;
	if (p->p_vaddr < *before)
		return GL_LD_BAD_SEGMENTS;
	if (begin < elf->high)
		return GL_LD_BAD_PAGES;
	if (elf->high == 0)
		elf->low = begin;
	elf->high = (end + page - 1) & ~(page - 1);
	*before = end;
	note_align(elf, p->p_align);
	return 0;
}

static int check_loads(struct gl_ld_elf *elf, uint64_t page, uint64_t size)
{
	uint64_t before = 0;

	elf->low = 0;
	elf->high = 0;
	elf->align = page;
	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		int r = 0;

		if (gl_ld_is_loaded(&elf->segments[i]))
			r = check_load(&elf->segments[i], page, size, &before, elf);
		if (r != 0)
			return r;
	}
	if (elf->high == 0)
		return GL_LD_BAD_SEGMENTS;
	/* Nobody may map page 0; and a span that cannot be aligned within the address space has no place. */
	if (elf->header.e_type == ET_EXEC && elf->low == 0)
		return GL_LD_BAD_SEGMENTS;
	return elf->align < GL_LD_TASK_END - (elf->high - elf->low) ? 0 : GL_LD_BAD_SEGMENTS;
}

/* The loaded segment that holds size bytes at vaddr, with all these flags. */
static const Elf64_Phdr *segment_of(const struct gl_ld_elf *elf, uint64_t vaddr, uint64_t size,
				    uint32_t flags)
{
	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];

		if (gl_ld_is_loaded(p) && (p->p_flags & flags) == flags && vaddr >= p->p_vaddr &&
		    within(vaddr - p->p_vaddr, size, p->p_memsz))
			return p;
	}
	return NULL;
}

/* As the kernel finds AT_PHDR since 5.18; before it took them to be in the first segment, where they are. */
static int find_phdrs(struct gl_ld_elf *elf)
{
	const Elf64_Ehdr *h = &elf->header;

	for (size_t i = 0; i < h->e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];

		if (!gl_ld_is_loaded(p) || h->e_phoff < p->p_offset || !(p->p_flags & PF_R) ||
		    !within(h->e_phoff - p->p_offset, h->e_phnum * sizeof(Elf64_Phdr), p->p_filesz))
			continue;
		elf->phdrs = p->p_vaddr + (h->e_phoff - p->p_offset);
		return 0;
	}
	return GL_LD_BAD_HEADERS;
}

/* PT_INTERP's file name: the kernel demands 2 to PATH_MAX bytes with a NUL at their end. */
static int read_interp(const struct gl_ld_source *source, const Elf64_Phdr *p, struct gl_ld_elf *elf)
{
	char path[GL_LD_INTERP_MAX];
	const char *base;
	size_t len;
	int r;

	if (p->p_filesz < 2 || p->p_filesz > sizeof(path))
		return GL_LD_BAD_INTERP;
	r = read_all(source, path, p->p_filesz, p->p_offset);
	if (r != 0)
		return r;
	if (path[p->p_filesz - 1] != '\0')
		return GL_LD_BAD_INTERP;
	base = gl_ld_base_name(path);
	len = strlen(base);
	if (len == 0 || len > GL_LD_NAME_MAX ||
	    (base[0] == '.' && (len == 1 || (len == 2 && base[1] == '.'))))
		return GL_LD_BAD_INTERP;
	memcpy(elf->interp, base, len + 1);
	return 0;
}

/* The first of a type, or NULL; *ret_count of them. */
static const Elf64_Phdr *find(const struct gl_ld_elf *elf, uint32_t type, size_t *ret_count)
{
	const Elf64_Phdr *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		if (elf->segments[i].p_type != type)
			continue;
		if (!first)
			first = &elf->segments[i];
		++*ret_count;
	}
	return first;
}

static int check_interp(const struct gl_ld_source *source, enum gl_ld_role role, struct gl_ld_elf *elf)
{
	size_t count;
	const Elf64_Phdr *p = find(elf, PT_INTERP, &count);

	elf->interp[0] = '\0';
	if (role == GL_LD_LOADER)
		return p ? GL_LD_NOT_A_LOADER : 0;
	if (!p)
		return GL_LD_NO_INTERP;
	return count == 1 ? read_interp(source, p, elf) : GL_LD_BAD_INTERP;
}

static int check_dynamic(struct gl_ld_elf *elf, enum gl_ld_role role)
{
	size_t count;
	const Elf64_Phdr *p = find(elf, PT_DYNAMIC, &count);

	if (!p)
		return role == GL_LD_LOADER ? GL_LD_NOT_A_LOADER : GL_LD_BAD_DYNAMIC;
	if (count != 1 || p->p_vaddr % sizeof(uint64_t) || !segment_of(elf, p->p_vaddr, p->p_memsz, PF_R))
		return GL_LD_BAD_DYNAMIC;
	elf->dynamic = p;
	return 0;
}

/* ld.so takes its bias from PT_PHDR: it must tell the same place. */
static int check_rest(struct gl_ld_elf *elf)
{
	size_t count;
	const Elf64_Phdr *p = find(elf, PT_PHDR, &count);

	if (p && p->p_vaddr != elf->phdrs)
		return GL_LD_BAD_HEADERS;
	p = find(elf, PT_GNU_STACK, &count);
	elf->stack_flags = p ? p->p_flags : 0;
	return segment_of(elf, elf->header.e_entry, 1, PF_X) ? 0 : GL_LD_BAD_ENTRY;
}

int gl_ld_elf_read(const struct gl_ld_source *source, enum gl_ld_role role, uint64_t page,
		   struct gl_ld_elf *ret)
{
	int r = read_headers(source, role, ret);

	if (r == 0)
		r = check_interp(source, role, ret);
	if (r == 0)
		r = check_loads(ret, page, source->size);
	if (r == 0)
		r = find_phdrs(ret);
	if (r == 0)
		r = check_dynamic(ret, role);
	if (r == 0)
		r = check_rest(ret);
	return r;
}

void *gl_ld_elf_at(const struct gl_ld_elf *elf, uint64_t bias, uint64_t vaddr, uint64_t size, uint32_t flags)
{
	if (!segment_of(elf, vaddr, size, flags))
		return NULL;
	return (void *)(uintptr_t)(bias + vaddr);
}

const char *gl_ld_elf_string(const struct gl_ld_elf *elf, uint64_t bias, uint64_t vaddr, size_t max)
{
	const Elf64_Phdr *p = segment_of(elf, vaddr, 1, PF_R);
	const char *string = (const char *)(uintptr_t)(bias + vaddr);
	uint64_t room;

	if (!p)
		return NULL;
	room = p->p_memsz - (vaddr - p->p_vaddr);
	if (room > max)
		room = max;
	for (uint64_t i = 0; i < room; i++)
		if (string[i] == '\0')
			return string;
	return NULL;
}
