/*
 * Fuzzes what the loader stub reads of ELF files: damaged programs and loaders
 * are read, laid out in memory as they would be mapped, and given a library
 * path.  Seeds: any ELF files of this machine, programs and loaders.
 *
 * Memory outside of the segments that may be read is poisoned, so reading it
 * is seen; what must hold of an accepted file is checked besides.
 */
#include "tests/fuzz/fuzz.h"

#include <linux/elf.h>

#include "loader/dynamic.h"
#include "loader/machine.h"

#define PAGE	     0x1000
#define MEMORY_MAX   (64u << 20) /* larger images are only read */
#define DT_RUNPATH   29
#define LIBRARY_PATH "/bundle/lib"

#if defined(__SANITIZE_ADDRESS__)
void __asan_poison_memory_region(void const volatile *at, size_t len);
void __asan_unpoison_memory_region(void const volatile *at, size_t len);
#else
#define __asan_poison_memory_region(at, len)   ((void)(at), (void)(len))
#define __asan_unpoison_memory_region(at, len) ((void)(at), (void)(len))
#endif

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz: does not hold: %s\n", what);
	abort();
}

static long read_bytes(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	/* The stub asks only for what the file has. */
	must(offset <= source->size && len <= source->size - offset, "reads are within the file");
	memcpy(to, (const unsigned char *)source->bytes + offset, len);
	return (long)len;
}

/* What an accepted file promises to those who map it. */
static void check_elf(const struct gl_ld_elf *elf, enum gl_ld_role role, size_t len)
{
	uint64_t end = elf->low;

	must(elf->low < elf->high && elf->high <= GL_LD_TASK_END, "the image lies in the address space");
	must(elf->low % PAGE == 0 && elf->high % PAGE == 0, "and consists of pages");
	must(elf->align >= PAGE && (elf->align & (elf->align - 1)) == 0, "its alignment is a power of two");
	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];

		if (!gl_ld_is_loaded(p))
			continue;
		must(p->p_vaddr / PAGE * PAGE >= end, "segments ascend and share no page");
		must(p->p_filesz <= p->p_memsz && p->p_memsz <= elf->high - p->p_vaddr,
		     "they end in the image");
		must(p->p_filesz == 0 || (p->p_offset <= len && p->p_filesz <= len - p->p_offset),
		     "and are in the file");
		end = (p->p_vaddr + p->p_memsz + PAGE - 1) / PAGE * PAGE;
	}
	must(end == elf->high, "the last segment ends the image");
	must(gl_ld_elf_at(elf, 0, elf->header.e_entry, 1, PF_X) != NULL || elf->header.e_entry == 0,
	     "the entry is code");
	must((role == GL_LD_PROGRAM) == (elf->interp[0] != '\0'), "programs alone name a loader");
	must(strchr(elf->interp, '/') == NULL && strcmp(elf->interp, "..") != 0, "by a file name");
}

/* The image as it would be mapped, or NULL if it is too large for that. */
static unsigned char *lay_out(const struct gl_ld_elf *elf, const unsigned char *bytes, size_t *ret_size)
{
	size_t size = elf->high - elf->low;
	unsigned char *memory;

	if (size > MEMORY_MAX)
		return NULL;
	memory = fuzz_need(aligned_alloc(PAGE, size));
	__asan_poison_memory_region(memory, size);
	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];
		unsigned char *at;

		if (!gl_ld_is_loaded(p) || !(p->p_flags & PF_R))
			continue;
		at = memory + (p->p_vaddr - elf->low);
		__asan_unpoison_memory_region(at, p->p_memsz);
		memcpy(at, bytes + (p->p_filesz ? p->p_offset : 0), p->p_filesz);
		memset(at + p->p_filesz, 0, p->p_memsz - p->p_filesz);
	}
	*ret_size = size;
	return memory;
}

/* A loader must find our path, no other, and the section's end where it was or later. */
static void check_path(const struct gl_ld_dynamic *d, uint64_t bias, const char *path)
{
	size_t i, found = 0;

	for (i = 0; i < d->count && d->entries[i].d_tag != DT_NULL; i++) {
		must(d->entries[i].d_tag != DT_RUNPATH, "DT_RUNPATH is gone");
		if (d->entries[i].d_tag != DT_RPATH)
			continue;
		must(bias + d->strings + d->entries[i].d_un.d_val == (uint64_t)(uintptr_t)path,
		     "DT_RPATH is ours");
		found++;
	}
	must(i < d->count, "the dynamic section ends");
	must(found > 0, "DT_RPATH is there");
}

static bool give_path(const struct gl_ld_elf *elf, unsigned char *memory)
{
	static char path[4096 + 2 * GL_LD_RPATH_MAX];
	uint64_t bias = (uint64_t)(uintptr_t)memory - elf->low;
	struct gl_ld_text text = gl_ld_text_in(path, sizeof(path));
	struct gl_ld_dynamic dynamic;

	if (gl_ld_dynamic_read(elf, bias, &dynamic) != 0)
		return false;
	for (int musl = 0; musl < 2; musl++) {
		text = gl_ld_text_in(path, sizeof(path));
		if (gl_ld_dynamic_path(LIBRARY_PATH, dynamic.path, "/bundle/program", 15, musl, &text) != 0)
			continue;
		must(strncmp(path, LIBRARY_PATH, strlen(LIBRARY_PATH)) == 0,
		     "the bundle's libraries come first");
		must(strlen(path) == text.len && text.len < sizeof(path), "the path ends");
	}
	if (gl_ld_dynamic_set(&dynamic, bias, (uint64_t)(uintptr_t)path) != 0)
		return false;
	check_path(&dynamic, bias, path);
	return true;
}

static bool one_role(const unsigned char *bytes, size_t len, enum gl_ld_role role)
{
	static struct gl_ld_elf elf;
	struct gl_ld_source source = {.read = read_bytes, .size = len, .bytes = bytes};
	unsigned char *memory;
	bool accepted = true;
	size_t size;

	if (gl_ld_elf_read(&source, role, PAGE, &elf) != 0)
		return false;
	check_elf(&elf, role, len);
	memory = lay_out(&elf, bytes, &size);
	if (!memory)
		return true;
	accepted = give_path(&elf, memory);
	__asan_unpoison_memory_region(memory, size);
	free(memory);
	return accepted;
}

static bool one(const unsigned char *bytes, size_t len)
{
	bool program = one_role(bytes, len, GL_LD_PROGRAM), loader = one_role(bytes, len, GL_LD_LOADER);

	must(!program || !loader, "nothing is program and loader at once");
	return program || loader;
}

int main(int argc, char **argv)
{
	static const struct fuzz fuzz = {.name = "loader_elf", .one = one};

	return fuzz_main(&fuzz, argc, argv);
}
