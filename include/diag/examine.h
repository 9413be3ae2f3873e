/*
 * Examining a program: will this host run it?
 *
 * The stages (launcher/diag/rules_*.c) look at the path, the format, the ELF
 * file, what Go says of itself, the interpreter, the libraries, the kernel and
 * the CPU; each may add findings and may end the examination.  The program is
 * never run.  Depends on: base, arch, elf, gobin, host.
 */
#pragma once

#include <sys/stat.h>

#include "diag/finding.h"
#include "elf/image.h"
#include "gobin/gobin.h"
#include "host/closure.h"
#include "host/host.h"

/* Programs that scripts name as their interpreters are examined too, to the kernel's own depth (fs/exec.c). */
#define GL_EXAMINE_MAX_DEPTH 5

enum gl_scope {
	/* All that can be told beforehand: "golaunch check", and explaining why execve failed. */
	GL_SCOPE_CHECK,
	/*
	 * Only what fails past execve's point of no return, or would (interpreter,
	 * libraries, versions, CPU, kernel, truncation): "golaunch run".  All else is
	 * left to execve itself, which cannot be wrong and has no race.
	 */
	GL_SCOPE_LAUNCH,
	GL_SCOPE_MAX
};

enum gl_verdict {
	GL_VERDICT_RUNS,
	GL_VERDICT_REFUSED,
	GL_VERDICT_UNKNOWN, /* something could not be looked at; counts as runs */
	GL_VERDICT_MAX
};

/* How the program would be launched; names are those of golaunch.check/1. */
enum gl_launch {
	GL_LAUNCH_DIRECT,	/* execve */
	GL_LAUNCH_BUNDLE_STUB,	/* the stub in the bundle that holds this program */
	GL_LAUNCH_BUNDLE_MEMFD, /* a stub in a memfd, with another bundle's loader */
	GL_LAUNCH_BUNDLE_CACHE, /* the same in a file of the cache directory */
	GL_LAUNCH_MAX
};

struct gl_examination {
	enum gl_scope scope;
	enum gl_launch launch; /* DIRECT unless a bundle was chosen (bundle/choose.h) */
	unsigned depth;	       /* 0, more for the interpreters of scripts */
	struct gl_host *host;  /* whose loader, libraries and kernel it meets */
	struct gl_host *at;    /* where the file itself is looked up: host, or this machine */
	char *file;	       /* as it was named */
	char *shown;	       /* the same, escaped: for messages */
	char *path;	       /* where it is looked up; relative only on this machine */
	int fd;		       /* -1 until it was opened */
	struct stat st;
	struct gl_image *image; /* NULL unless an ELF file */
	struct gl_gobin gobin;
	/* Behind PT_INTERP; kind NONE while not looked at; glibc's version once a rule wanted it (gl_libc_ask_version()). */
	struct gl_libc libc;
	struct gl_closure closure; /* empty unless dynamically linked and the interpreter is good */
	bool emulated;		   /* binfmt_misc has a handler for it */
	struct gl_findings findings;
	bool unknown; /* something could not be looked at */
};

/*
 * Examines file (as named; relative names start at the working directory).
 * What cannot be examined is no error but a finding (GL1007) and the verdict
 * unknown.  Returns 0 with *ret filled (gl_examination_done() it in any case),
 * or -ENOMEM.
 */
int gl_examine(struct gl_host *host, const char *file, enum gl_scope scope, struct gl_examination *ret,
	       struct gl_err *err) GL_MUST_CHECK;
/*
 * The same for a file that is looked up as path in another root than the
 * host's own (at): "check --sysroot" with a file outside of it.
 */
int gl_examine_at(struct gl_host *host, struct gl_host *at, const char *file, const char *path,
		  struct gl_examination *ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * The same for a file as the machine that golaunch runs on names it (here), and a
 * host below the directory root, real: one that lies below it is judged at its
 * place inside, any other as if it were put there.  root NULL: host is here.
 */
int gl_examine_below(struct gl_host *host, struct gl_host *here, const char *root, const char *file,
		     struct gl_examination *ret, struct gl_err *err) GL_MUST_CHECK;
void gl_examination_done(struct gl_examination *x) GL_NONNULL;

/* "direct", "bundle-stub" ... */
const char *gl_launch_name(enum gl_launch launch);

enum gl_verdict gl_examination_verdict(const struct gl_examination *x) GL_NONNULL;
const char *gl_verdict_name(enum gl_verdict verdict);

/*
 * The first finding for which run refuses to start the program, or NULL.  Where
 * there are more errors, a row of it says so.
 */
const struct gl_finding *gl_examination_refusal(const struct gl_examination *x) GL_NONNULL;

/* 127 for what was not found, else 126. */
int gl_examination_exit_status(const struct gl_finding *f) GL_NONNULL;

/* One element of "results" of golaunch.check/1. */
json_t *gl_examination_json(const struct gl_examination *x) GL_NONNULL;
/* "go" of golaunch.check/1 and golaunch.report/1; JSON null where it is no Go program. */
json_t *gl_examination_go_json(const struct gl_examination *x) GL_NONNULL;
/* "host" of golaunch.check/1; NULL with *err filled: out of memory. */
json_t *gl_host_json(struct gl_host *host, struct gl_err *err) GL_NONNULL;

/* "x86-64, go1.22.5, cgo (net), v1.8.2": one line about the program; escaped. */
void gl_examination_summary(const struct gl_examination *x, struct gl_buf *b) GL_NONNULL;
