/*
 * The loader stub: runs a program with a loader and libraries of its bundle.
 *
 * It stands where the user calls the program, maps the program and the bundled
 * loader into itself as execve would have, tells the loader by the program's
 * own dynamic section where the libraries are, and jumps into it.  There is no
 * second execve: /proc/self/exe stays the stub, so os.Executable names a file
 * that exists, and executing it again comes here again.  The program's file is
 * not changed, its environment holds nothing of this, and its children run on
 * the host's own libraries.
 *
 * Freestanding: no libc, no relocations, no heap, no threads.  It changes no
 * signal, no limit and no credential, and leaves no descriptor open.  Whatever
 * the files hold, the end is the program or one line on stderr and status 126.
 */
#include <linux/auxvec.h>
#include <linux/errno.h>
#include <linux/personality.h>

#include "loader/dynamic.h"
#include "loader/file.h"
#include "loader/map.h"
#include "loader/memory.h"
#include "loader/mm.h"
#include "loader/own_slot.h"
#include "loader/place.h"
#include "loader/sys.h"

#define HINT_BITS 28 /* pages of 4 KiB: 1 TiB, as GL_LD_PIE_BASE has */

struct image {
	const char *path;
	struct gl_ld_source source;
	struct gl_ld_elf elf;
	uint64_t bias;
};

/* Too large for a stack that may be small. */
struct launch {
	const struct gl_stub_slot *slot;
	struct gl_ld_vector vector;
	uint64_t page;
	struct gl_ld_place place;
	struct image program, loader;
	/* These two stay in use: the loader's search path, and a string of the environment. */
	char path[GL_STUB_PATH_MAX + 2 * GL_LD_RPATH_MAX];
	char gconv[GL_STUB_PATH_MAX + 32];
};

_Noreturn static void refuse(enum gl_ld_problem problem, const char *path, int errnum)
{
	gl_ld_problem_tell(problem, path, errnum);
	gl_sys_exit(GL_LD_EXIT_STATUS);
}

/* Goes on where nothing is wrong with what the path names. */
static void accept(int answer, const char *path)
{
	if (answer != GL_LD_FINE)
		refuse((enum gl_ld_problem)answer, path, 0);
}

/* The same for what a system call may have failed in: with -errno, this is the problem. */
static void need(int result, enum gl_ld_problem failure, const char *path)
{
	if (result < 0)
		refuse(failure, path, -result);
	accept(result, path);
}

/* The stub as it was called: for messages before it is known where it is. */
static const char *own_name(const struct gl_ld_vector *vector)
{
	const char *name = (const char *)(uintptr_t)gl_ld_vector_aux(vector, AT_EXECFN, 0);

	return name ? name : "(no name)";
}

/* AT_SECURE may come from an LSM alone; then the file is known to have no capabilities. */
static bool is_privileged(const struct gl_ld_vector *v)
{
	long r;

	if (gl_ld_vector_aux(v, AT_UID, 0) != gl_ld_vector_aux(v, AT_EUID, 0) ||
	    gl_ld_vector_aux(v, AT_GID, 0) != gl_ld_vector_aux(v, AT_EGID, 0))
		return true;
	if (!gl_ld_vector_aux(v, AT_SECURE, 0))
		return false;
	r = gl_sys_getxattr("/proc/self/exe", "security.capability", NULL, 0);
	if (r == -ENOENT)
		r = gl_sys_getxattr(own_name(v), "security.capability", NULL, 0);
	return r != -ENODATA && r != -EOPNOTSUPP;
}

/*
 * Where a PIE program goes: random as the kernel would place it.  AT_RANDOM
 * also makes libc's canary and pointer guard, one half each; of their mixture
 * an address tells nothing about either alone.
 */
static uint64_t program_hint(const struct gl_ld_vector *vector)
{
	const void *random = (const void *)(uintptr_t)gl_ld_vector_aux(vector, AT_RANDOM, 0);
	long personality = gl_sys_personality();
	uint64_t half[2];

	if (!random || (personality >= 0 && personality & ADDR_NO_RANDOMIZE))
		return GL_LD_PIE_BASE;
	memcpy(half, random, sizeof(half));
	half[0] = half[0] * 0x9e3779b97f4a7c15 + half[1] * 0xd1342543de82ef95;
	return GL_LD_PIE_BASE + ((half[0] >> (64 - HINT_BITS)) << 12);
}

static void open_image(struct image *image, const char *path, enum gl_ld_role role, uint64_t page)
{
	image->path = path;
	need(gl_ld_file_open(path, &image->source), GL_LD_CANNOT_OPEN, path);
	need(gl_ld_elf_read(&image->source, role, page, &image->elf), GL_LD_CANNOT_READ, path);
}

static void map_image(struct image *image, uint64_t hint, uint64_t page)
{
	need(gl_ld_map(image->source.fd, &image->elf, hint, page, &image->bias), GL_LD_CANNOT_MAP,
	     image->path);
	/* There is no execve to come: close-on-exec would not close it. */
	gl_sys_close(image->source.fd);
}

static bool is_musl(const char *interp)
{
	static const char prefix[] = "ld-musl-";

	return strlen(interp) >= sizeof(prefix) - 1 && memcmp(interp, prefix, sizeof(prefix) - 1) == 0;
}

/* A library in the loader's place would be entered at its first function. */
static void check_loader(const struct image *loader)
{
	struct gl_ld_dynamic dynamic;

	accept(gl_ld_dynamic_read(&loader->elf, loader->bias, &dynamic), loader->path);
	if (dynamic.needs)
		refuse(GL_LD_NOT_A_LOADER, loader->path, 0);
}

/* The dynamic section may be in a read-only segment: written for a moment, it is as it was for the loader. */
static void set_library_path(const struct image *p, const struct gl_ld_dynamic *dynamic, const char *path,
			     uint64_t page)
{
	uint64_t at = p->elf.dynamic->p_vaddr, size = p->elf.dynamic->p_memsz;

	need(gl_ld_map_writable(&p->elf, p->bias, page, at, size, true), GL_LD_CANNOT_MAP, p->path);
	accept(gl_ld_dynamic_set(dynamic, p->bias, (uint64_t)(uintptr_t)path), p->path);
	need(gl_ld_map_writable(&p->elf, p->bias, page, at, size, false), GL_LD_CANNOT_MAP, p->path);
}

static void give_library_path(struct launch *l)
{
	const struct image *p = &l->program;
	struct gl_ld_text path = gl_ld_text_in(l->path, sizeof(l->path));
	struct gl_ld_dynamic dynamic;

	accept(gl_ld_dynamic_read(&p->elf, p->bias, &dynamic), p->path);
	accept(gl_ld_dynamic_path(l->place.lib, dynamic.path, p->path, gl_ld_dir_length(p->path),
				  is_musl(p->elf.interp), &path),
	       l->place.lib);
	set_library_path(p, &dynamic, path.at, l->page);
}

/* The kernel would have done so for a program that asks for it. */
static void make_stack_executable(const struct launch *l)
{
	uint64_t at = (uint64_t)(uintptr_t)l->vector.stack & ~(l->page - 1);
	int prot = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN;

	if (l->program.elf.stack_flags & PF_X)
		need(gl_sys_mprotect(at, l->page, prot), GL_LD_CANNOT_MAP, l->program.path);
}

/* "GCONV_PATH=lib/gconv", or NULL where it is not wanted or already there. */
static char *gconv_variable(struct launch *l)
{
	struct gl_ld_text t = gl_ld_text_in(l->gconv, sizeof(l->gconv));

	if (!(l->slot->flags & GL_STUB_GCONV) || gl_ld_vector_has_env(&l->vector, "GCONV_PATH"))
		return NULL;
	gl_ld_text_add(&t, "GCONV_PATH=");
	gl_ld_text_add(&t, l->place.lib);
	gl_ld_text_add(&t, "/gconv");
	return t.at;
}

static void rewrite_vector(struct launch *l)
{
	const struct image *p = &l->program;
	struct gl_ld_change change = {
		.aux = {{AT_PHDR, p->bias + p->elf.phdrs},
			{AT_PHENT, sizeof(Elf64_Phdr)},
			{AT_PHNUM, p->elf.header.e_phnum},
			{AT_BASE, l->loader.bias},
			{AT_ENTRY, p->bias + p->elf.header.e_entry}},
		.count = 5,
		.env = gconv_variable(l),
	};

	/* In a bundle it names the stub, as the name the user called. */
	if (l->slot->flags & GL_STUB_MEMFD) {
		change.aux[change.count++] = (struct gl_ld_aux){AT_EXECFN, (uint64_t)(uintptr_t)p->path};
		gl_ld_mm_name(gl_ld_base_name(p->path));
	}
	gl_ld_vector_change(&l->vector, &change);
}

static void find_files(struct launch *l)
{
	accept(gl_ld_place_find(l->slot, &l->vector, &l->place), own_name(&l->vector));
	open_image(&l->program, l->place.program, GL_LD_PROGRAM, l->page);
	accept(gl_ld_place_loader(&l->place, l->program.elf.interp), l->place.lib);
	open_image(&l->loader, l->place.loader, GL_LD_LOADER, l->page);
}

_Noreturn void gl_ld_main(uint64_t *stack)
{
	static struct launch launch;
	struct launch *l = &launch;

	l->slot = gl_ld_own_slot();
	gl_ld_vector_read(stack, &l->vector);
	l->page = gl_ld_vector_aux(&l->vector, AT_PAGESZ, 4096);
	if (is_privileged(&l->vector))
		refuse(GL_LD_PRIVILEGED, own_name(&l->vector), 0);
	find_files(l);
	map_image(&l->program, program_hint(&l->vector), l->page);
	map_image(&l->loader, 0, l->page);
	check_loader(&l->loader);
	give_library_path(l);
	make_stack_executable(l);
	rewrite_vector(l);
	gl_ld_mm_tell(&l->vector, &l->program.elf, l->program.bias);
	if (l->slot->flags & GL_STUB_TRACED)
		gl_ld_stop(l->program.bias, l->program.path);
	gl_ld_jump(l->vector.stack, l->loader.bias + l->loader.elf.header.e_entry);
}
