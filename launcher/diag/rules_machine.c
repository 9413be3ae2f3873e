/*
 * Kernel and CPU: what Go's runtime, the program's notes and the libraries'
 * notes demand of them.
 */
#include <elf.h>
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "elf/notes.h"

static struct gl_finding *say_kernel(struct gl_examination *x, const char *needs)
{
	struct gl_finding *f =
		gl_findings_add(&x->findings, GL_CODE_KERNEL_TOO_OLD, "%s needs Linux %s, this is %u.%u.%u",
				x->shown, needs, x->host->kernel[0], x->host->kernel[1], x->host->kernel[2]);

	gl_rules_row_program(x, f);
	gl_finding_evidence(f, "needs", needs);
	return f;
}

/*
 * Go's floor is what its makers test, not what its runtime demands: programs
 * were seen to run below it.
 */
static void check_go_floor(struct gl_examination *x)
{
	const char *text = x->gobin.kind == GL_GOBIN_YES ? gl_gobin_kernel_floor(&x->gobin, x->image) : NULL;
	unsigned floor[3] = {0};
	struct gl_finding *f;

	if (!text || sscanf(text, "%u.%u.%u", &floor[0], &floor[1], &floor[2]) < 2 ||
	    !gl_host_kernel_is_below(x->host, floor))
		return;
	f = say_kernel(x, text);
	if (f)
		f->severity = GL_SEVERITY_WARNING;
	gl_finding_row(f, "why", "%s is made for Linux %s and later (go.dev/wiki/MinimumRequirements)",
		       x->gobin.version, text);
	gl_finding_fix(f, "run it on a newer kernel, or build it with an older Go release");
}

/* glibc before 2.36 compares its own floor with uname(2) and gives up (sysdeps/unix/sysv/linux/dl-sysdep.c). */
static bool loader_checks_kernel(struct gl_examination *x)
{
	unsigned minor;

	return x->libc.kind == GL_LIBC_GLIBC && !gl_libc_ask_version(x->host, &x->libc, NULL) &&
	       sscanf(x->libc.version, "2.%u", &minor) == 1 && minor <= 35;
}

static void check_loader_floor(struct gl_examination *x)
{
	unsigned floor[3];
	struct gl_finding *f;
	char text[40];

	if (gl_image_abi_kernel(x->image, floor) || !gl_host_kernel_is_below(x->host, floor) ||
	    !loader_checks_kernel(x))
		return;
	snprintf(text, sizeof(text), "%u.%u.%u", floor[0], floor[1], floor[2]);
	f = say_kernel(x, text);
	gl_finding_row(f, "why",
		       "the loader compares its note with the kernel and says \"FATAL: kernel too old\"");
	gl_finding_fix(f, "run it on a newer kernel");
}

static void say_cpu(struct gl_examination *x, unsigned level, const char *who, const char *why)
{
	gl_autofree char *shown = gl_escape_dup(who, 0);
	struct gl_finding *f;

	f = gl_findings_add(&x->findings, GL_CODE_CPU_LEVEL_TOO_LOW,
			    "%s needs an x86-64-v%u CPU, this one is x86-64-v%u", x->shown, level,
			    gl_host_cpu_level(x->host));
	gl_rules_row_program(x, f);
	gl_finding_row(f, "by", "%s", shown);
	gl_finding_row(f, "why", "%s", why);
	gl_finding_evidence(f, "needed_by", who);
	gl_finding_evidence_int(f, "needs", level);
	gl_finding_evidence_int(f, "have", gl_host_cpu_level(x->host));
	gl_finding_fix(f, "build with GOAMD64=v%u", gl_host_cpu_level(x->host));
	gl_finding_fix(f, "in a virtual machine: give it the host's CPU model");
}

/* The level is asked of the CPU only where more than the first is needed: CPUID is slow in guests. */
static void check_cpu(struct gl_examination *x)
{
	unsigned level = gl_gobin_cpu_level(&x->gobin);

	if (gl_image_header(x->image)->machine != EM_X86_64 || x->host->arch->elf_machine != EM_X86_64)
		return;
	if (level > 1 && level > gl_host_cpu_level(x->host))
		say_cpu(x, level, "GOAMD64 in its build settings",
			"the Go runtime tests it first and ends with status 1");
	for (size_t i = 0; i < x->closure.count; i++) {
		const struct gl_library *lib = x->closure.libraries[i];

		level = lib->image ? gl_image_isa_level(lib->image) : 0;
		if (level > 1 && level > gl_host_cpu_level(x->host) && x->libc.kind == GL_LIBC_GLIBC)
			say_cpu(x, level, lib->name,
				"the loader refuses it: \"CPU ISA level is lower than required\"");
	}
}

int gl_rules_machine(struct gl_examination *x, struct gl_err *err)
{
	(void)err;
	check_go_floor(x);
	check_loader_floor(x);
	check_cpu(x);
	return 0;
}
