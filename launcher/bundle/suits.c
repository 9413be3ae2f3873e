/*
 * Does a bundle suit a program and this host?  See bundle/suits.h.
 */
#include "bundle/suits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "host/path.h"
#include "host/privileges.h"
#include "host/root.h"

#define LIBC "libc.so.6"

/* A bundle, the host, the program, and where the reason goes. */
struct suit {
	const struct gl_bundle *bundle;
	struct gl_host *host;
	const struct gl_examination *x;
	const char *program, *named;
	struct gl_buf *why;
};

static enum gl_libc_kind named_libc(const struct gl_examination *x)
{
	const char *interpreter = gl_image_interpreter(x->image);

	return interpreter && !strncmp(gl_path_basename(interpreter), "ld-musl-", strlen("ld-musl-"))
		       ? GL_LIBC_MUSL
		       : GL_LIBC_GLIBC;
}

static const struct gl_arch *machine_of(const struct gl_examination *x)
{
	const struct gl_image_header *h = gl_image_header(x->image);

	return gl_arch_find(h->machine, h->elf_class);
}

bool gl_bundle_is_of_kind(const struct gl_bundle *bundle, const struct gl_examination *x)
{
	return bundle->manifest.arch == machine_of(x) && bundle->manifest.libc == named_libc(x);
}

/* Another build of the libc that a program names may carry it; another libc, another machine never. */
static bool suits_kind(const struct suit *s)
{
	const struct gl_manifest *m = &s->bundle->manifest;
	const struct gl_image_header *h = gl_image_header(s->x->image);
	char name[32];

	if (m->arch != machine_of(s->x)) {
		gl_buf_printf(s->why, "it is for %s, the program for %s", m->arch->name,
			      gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)));
		return false;
	}
	/* The stub is of golaunch's own machine. */
	if (m->arch != gl_arch_native()) {
		gl_buf_printf(s->why, "this golaunch carries programs for %s only", gl_arch_native()->name);
		return false;
	}
	if (m->libc != named_libc(s->x)) {
		gl_buf_printf(s->why, "it has %s, the program needs %s", gl_libc_kind_name(m->libc),
			      gl_libc_kind_name(named_libc(s->x)));
		return false;
	}
	return true;
}

/*
 * One libc: what the bundled loader passes over in the bundle (a libc.so.6 of
 * another machine) it would look for on the host, and fit it badly.
 */
static bool suits_libc(const struct suit *s)
{
	const struct gl_closure *closure = &s->x->closure;
	size_t len = strlen(s->host->loader_dir);

	for (size_t i = 1; i < closure->count; i++) {
		const struct gl_library *lib = closure->libraries[i];

		if (strcmp(lib->name, LIBC) || !lib->path)
			continue;
		if (!strncmp(lib->path, s->host->loader_dir, len) && lib->path[len] == '/')
			continue;
		gl_buf_puts(s->why, "its " LIBC " is not one for the program: the host's would be taken");
		return false;
	}
	return true;
}

static bool suits_machine(const struct suit *s)
{
	const struct gl_manifest *m = &s->bundle->manifest;

	if (gl_host_kernel_is_below(s->host, m->kernel)) {
		gl_buf_printf(s->why, "it needs Linux %u.%u.%u, this kernel is %u.%u.%u", m->kernel[0],
			      m->kernel[1], m->kernel[2], s->host->kernel[0], s->host->kernel[1],
			      s->host->kernel[2]);
		return false;
	}
	if (m->cpu_level > 1 && m->cpu_level > gl_host_cpu_level(s->host)) {
		gl_buf_printf(s->why, "it needs a CPU of x86-64-v%u, this one is x86-64-v%u", m->cpu_level,
			      gl_host_cpu_level(s->host));
		return false;
	}
	return true;
}

static bool is_noexec(const char *path)
{
	struct statvfs vfs;

	return !statvfs(path, &vfs) && (vfs.f_flag & ST_NOEXEC);
}

/* The stub makes a search path of it; musl ends an element at a line's end too (ldso/dynlink.c, path_open()). */
static bool suits_search_path(const struct suit *s)
{
	const char *special = s->bundle->manifest.libc == GL_LIBC_MUSL ? ":$\n" : ":$";

	if (!strpbrk(s->bundle->dir, special))
		return true;
	gl_buf_puts(s->why, "no library can be searched for in a path with a ':', '$' or newline in it");
	return false;
}

/* mmap(2) with PROT_EXEC says EPERM there. */
static bool suits_mount(const struct suit *s)
{
	if (!s->host->live)
		return true;
	if (is_noexec(s->bundle->dir)) {
		gl_buf_puts(s->why, "it lies on a file system mounted noexec");
		return false;
	}
	if (is_noexec(s->program)) {
		gl_buf_puts(s->why, "the program lies on a file system mounted noexec");
		return false;
	}
	return true;
}

static bool suits_privileges(const struct suit *s)
{
	if (!s->x->at->live || !gl_program_gains_privileges(s->named, s->host->uid, s->host->gid))
		return true;
	gl_buf_puts(
		s->why,
		"the program's setuid bit or file capabilities would be lost: the stub is executed instead");
	return false;
}

/* May the program's user open that file for reading?  Of ourselves the kernel knows best. */
static bool may_read(const struct gl_host *host, const char *path)
{
	gl_autoclose int fd = -1;
	struct stat st;

	if (host->uid == geteuid()) {
		fd = gl_root_open(host, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		return fd >= 0;
	}
	return gl_root_may_reach(host, path) && !gl_root_stat(host, path, &st) &&
	       gl_root_may(host, &st, R_OK);
}

static bool say_unreadable(const struct suit *s, const char *path)
{
	gl_buf_printf(s->why, "user %u may not read '", s->host->uid);
	gl_escape_text(s->why, path, strlen(path), 300);
	gl_buf_putc(s->why, '\'');
	return false;
}

/* What the stub and the loader open, they open as the program's user; until now it was only looked at. */
static bool suits_user(const struct suit *s)
{
	const struct gl_manifest *m = &s->bundle->manifest;

	if (s->host->uid == 0)
		return true;
	if (s->x->at == s->host && !may_read(s->host, s->program))
		return say_unreadable(s, s->program);
	for (size_t i = 0; i < m->count; i++) {
		gl_autofree char *path = gl_bundle_path(s->bundle, m->files[i].path);

		if (m->files[i].role != GL_ROLE_PROGRAM && (!path || !may_read(s->host, path)))
			return say_unreadable(s, path ? path : m->files[i].path);
	}
	return true;
}

bool gl_bundle_suits(const struct gl_bundle *bundle, struct gl_host *host, const struct gl_examination *x,
		     const char *program, const char *named, struct gl_buf *why)
{
	static bool (*const tests[])(const struct suit *s) = {
		suits_kind,  suits_libc,       suits_machine, suits_search_path,
		suits_mount, suits_privileges, suits_user,
	};
	const struct suit s = {
		.bundle = bundle, .host = host, .x = x, .program = program, .named = named, .why = why};

	for (size_t i = 0; i < GL_ARRAY_SIZE(tests); i++)
		if (!tests[i](&s))
			return false;
	return true;
}
