/*
 * The ELF interpreter (PT_INTERP), which execve opens and maps beside the
 * program (fs/binfmt_elf.c), and which then loads the libraries; or, where the
 * host has a loader_dir, the one there, which the loader stub maps in its place:
 * execve has no part in that, so nothing is said of what it answers.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "host/root.h"

void gl_rules_row_host(const struct gl_examination *x, struct gl_finding *f)
{
	struct gl_libc libc = {.kind = GL_LIBC_NONE};
	char os[128];

	gl_host_os_name(x->host, os, sizeof(os));
	if (gl_libc_of_host(x->host, &libc, NULL))
		return;
	gl_finding_row(f, "host", "%s%s%s%s%s", os, *os ? ", " : "",
		       libc.kind == GL_LIBC_NONE ? "no libc" : gl_libc_kind_name(libc.kind),
		       *libc.version ? " " : "", libc.version);
}

void gl_rules_fix_bundle(const struct gl_examination *x, struct gl_finding *f)
{
	if (!x->host->loader_dir)
		gl_finding_fix(f, "or, where it runs, bring a loader along: golaunch bundle create %s",
			       x->shown);
}

static struct gl_finding *say(struct gl_examination *x, enum gl_code code, const char *text, const char *path,
			      const char *state)
{
	gl_autofree char *shown = gl_escape_dup(path, 0);
	struct gl_finding *f = gl_findings_add(&x->findings, code, "%s %s", x->shown, text);

	gl_rules_row_program(x, f);
	gl_finding_row(f, "needs", "%s   (%s)", shown, state);
	gl_rules_row_host(x, f);
	gl_finding_evidence(f, "interpreter", path);
	return f;
}

/* What execve answers, and what helps; where a bundle's loader is at fault, another bundle. */
static void say_why(const struct gl_examination *x, struct gl_finding *f, const char *why, const char *fix)
{
	if (x->host->loader_dir) {
		gl_finding_fix(f, "make the bundle again: golaunch bundle create");
		return;
	}
	gl_finding_row(f, "why", "%s", why);
	gl_finding_fix(f, "%s", fix);
}

/* "the glibc loader", "the musl loader", "the loader NAME" */
static void name_loader(const struct gl_examination *x, const char *path, char *buf, size_t size)
{
	const char *who = x->host->loader_dir ? "the bundle" : "this host";

	if (strstr(path, "/ld-musl-"))
		snprintf(buf, size, "needs the musl loader, %s has none", who);
	else if (strstr(path, "/ld-linux") || strstr(path, "/ld64.so") || strstr(path, "/ld.so"))
		snprintf(buf, size, "needs the glibc loader, %s has none", who);
	else
		snprintf(buf, size, "needs a loader that %s has not", who);
}

static int say_missing(struct gl_examination *x, const char *path)
{
	char text[64];
	struct gl_finding *f;

	name_loader(x, path, text, sizeof(text));
	f = say(x, GL_CODE_INTERPRETER_MISSING, text, path, "not here");
	say_why(x, f, "execve says \"No such file or directory\" and means this file",
		x->gobin.kind == GL_GOBIN_YES && !gl_image_dynamic(x->image)->needed_count
			? "go build without -buildmode=pie"
			: "CGO_ENABLED=0 go build ...");
	gl_rules_fix_bundle(x, f);
	gl_finding_fix(f, "use a base image that has this loader");
	return GL_RULES_STOP;
}

static int say_not_executable(struct gl_examination *x, const char *path, const char *state)
{
	struct gl_finding *f = say(x, GL_CODE_INTERPRETER_NOT_EXECUTABLE,
				   "needs a loader that may not be executed", path, state);

	say_why(x, f, "execve says \"Permission denied\" and means this file",
		"make it an executable file, or install libc again");
	return GL_RULES_STOP;
}

static int say_invalid(struct gl_examination *x, const char *path, const char *state, const char *why)
{
	struct gl_finding *f = say(x, GL_CODE_INTERPRETER_INVALID,
				   "needs a loader, and what stands there is none", path, state);

	say_why(x, f, why, "install libc again");
	return GL_RULES_STOP;
}

static int say_wrong_machine(struct gl_examination *x, const char *path, const struct gl_image_header *h)
{
	char name[32], state[64];
	struct gl_finding *f;

	snprintf(state, sizeof(state), "for %s",
		 gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)));
	f = say(x, GL_CODE_INTERPRETER_WRONG_MACHINE,
		"needs a loader, and the one there is for another machine", path, state);
	say_why(x, f, "execve says \"Accessing a corrupted shared library\"",
		"install the libc of the program's machine");
	return GL_RULES_STOP;
}

static int judge_image(struct gl_examination *x, const char *path, int fd, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	const struct gl_image_header *h;
	int r = gl_image_open(fd, &image, err);

	if (r < 0)
		return r;
	h = gl_image_header(image);
	switch (gl_image_defect(image)) {
	case GL_IMAGE_EMPTY:
		return say_invalid(x, path, "empty", "execve says \"Input/output error\"");
	case GL_IMAGE_NOT_ELF:
	case GL_IMAGE_HEADER_TRUNCATED:
	case GL_IMAGE_HEADER_INVALID:
	case GL_IMAGE_NO_SEGMENTS:
	case GL_IMAGE_SEGMENTS_INVALID:
	case GL_IMAGE_SEGMENTS_TRUNCATED:
		return say_invalid(x, path, "no ELF program",
				   "execve says \"Accessing a corrupted shared library\"");
	case GL_IMAGE_LOAD_TRUNCATED:
	case GL_IMAGE_LOAD_INVALID:
		return say_invalid(x, path, "truncated or malformed",
				   "the kernel maps it and the program dies of a signal");
	case GL_IMAGE_SOUND:
	case GL_IMAGE_INTERPRETER_INVALID:
	case GL_IMAGE_DYNAMIC_INVALID:
	case GL_IMAGE_DEFECT_MAX:
		break;
	}
	return h->machine == gl_image_header(x->image)->machine ? 0 : say_wrong_machine(x, path, h);
}

static int judge_file(struct gl_examination *x, const char *path, struct gl_err *err)
{
	gl_autoclose int fd = -1;
	struct stat st;
	int r = gl_root_stat(x->host, path, &st);

	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENAMETOOLONG)
		return say_missing(x, path);
	if (r == -EACCES)
		return say_not_executable(x, path, "below a directory that may not be searched");
	if (r)
		return gl_err_sys(err, -r, "cannot look at the interpreter of '%s'", x->shown);
	if (!S_ISREG(st.st_mode))
		return say_not_executable(x, path, "no regular file");
	/* The stub only reads and maps it. */
	if (!gl_root_may(x->host, &st, x->host->loader_dir ? R_OK : X_OK))
		return say_not_executable(
			x, path, x->host->loader_dir ? "no read permission" : "no execute permission");
	fd = gl_root_open(x->host, path, O_RDONLY);
	if (fd < 0) {
		x->unknown = true; /* it may be executed, not read */
		return GL_RULES_STOP;
	}
	return judge_image(x, path, fd, err);
}

int gl_rules_interpreter(struct gl_examination *x, struct gl_err *err)
{
	const char *named = gl_image_interpreter(x->image);
	gl_autofree char *path = named ? gl_libc_interpreter(x->host, named) : NULL;
	int r;

	if (!named)
		return 0;
	if (!path)
		return gl_err_sys(err, ENOMEM, "cannot note the interpreter");
	/* A relative PT_INTERP is resolved against the program's working directory, which is ours at launch. */
	if (path[0] != '/') {
		x->unknown = true;
		return 0;
	}
	r = judge_file(x, path, err);
	if (r)
		return r;
	r = gl_libc_identify_kind(x->host, path, &x->libc, err);
	if (r < 0)
		return r;
	if (x->libc.kind == GL_LIBC_STUB)
		return say_invalid(x, path, "NixOS's stub", "it prints a hint and ends with status 127");
	return 0;
}
