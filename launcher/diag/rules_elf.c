/*
 * The ELF file by itself: whole, sound, for this machine and system, and of a
 * kind that is started (fs/binfmt_elf.c).
 */
#include <elf.h>
#include <errno.h>

#include "base/escape.h"
#include "diag/rules.h"
#include "elf/notes.h"

/* The finding behind each defect that is certain; check_defect() judges the others. */
static const enum gl_code defect_codes[GL_IMAGE_DEFECT_MAX] = {
	[GL_IMAGE_EMPTY] = GL_CODE_EMPTY_FILE,
	[GL_IMAGE_NOT_ELF] = GL_CODE_NOT_EXECUTABLE_FORMAT,
	[GL_IMAGE_HEADER_TRUNCATED] = GL_CODE_TRUNCATED,
	[GL_IMAGE_HEADER_INVALID] = GL_CODE_MALFORMED_HEADERS,
	[GL_IMAGE_NO_SEGMENTS] = GL_CODE_MALFORMED_HEADERS,
	[GL_IMAGE_SEGMENTS_INVALID] = GL_CODE_MALFORMED_HEADERS,
	[GL_IMAGE_SEGMENTS_TRUNCATED] = GL_CODE_TRUNCATED,
	[GL_IMAGE_LOAD_INVALID] = GL_CODE_MALFORMED_HEADERS,
	[GL_IMAGE_INTERPRETER_INVALID] = GL_CODE_MALFORMED_HEADERS,
};

/* Does the file end before the page that holds this offset?  Touching such a page is SIGBUS. */
static bool page_is_missing(const struct gl_examination *x, uint64_t offset)
{
	return offset - offset % (uint64_t)sysconf(_SC_PAGESIZE) >= gl_image_size(x->image);
}

/*
 * A segment that reaches beyond the end of the file is death only where the
 * missing pages are surely touched: by the kernel, which zeroes the rest of the
 * page where .bss begins (fs/binfmt_elf.c, padzero()); by the first
 * instruction; by the loader, which reads the dynamic section.
 */
static bool surely_touched(const struct gl_examination *x, const struct gl_segment *s)
{
	uint64_t entry = gl_image_header(x->image)->entry, page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t end = s->offset + s->filesz;

	if (s->type == PT_DYNAMIC)
		return gl_image_interpreter(x->image) && page_is_missing(x, s->offset);
	if (s->type != PT_LOAD || !s->filesz)
		return false;
	if (s->memsz > s->filesz && (s->flags & PF_W) && end % page && page_is_missing(x, end))
		return true;
	return entry >= s->vaddr && entry - s->vaddr < s->filesz &&
	       page_is_missing(x, s->offset + (entry - s->vaddr));
}

static bool is_surely_truncated(const struct gl_examination *x)
{
	const struct gl_segment *segments;
	size_t count;

	segments = gl_image_segments(x->image, &count);
	for (size_t i = 0; i < count; i++)
		if (surely_touched(x, &segments[i]))
			return true;
	return false;
}

static int say_defect(struct gl_examination *x, enum gl_code code, bool certain)
{
	struct gl_finding *f = gl_findings_add(
		&x->findings, code,
		code == GL_CODE_TRUNCATED ? "%s ends too early" : "%s has headers that cannot be", x->shown);

	if (f && !certain)
		f->severity = GL_SEVERITY_WARNING;
	gl_finding_row(f, "why", "%s", gl_image_defect_text(x->image));
	gl_finding_evidence(f, "defect", gl_image_defect_text(x->image));
	gl_finding_evidence_int(f, "size", (long long)gl_image_size(x->image));
	gl_finding_fix(f, "copy, download or build it again and compare checksums");
	x->unknown |= !certain;
	return certain ? GL_RULES_STOP : 0;
}

static int check_defect(struct gl_examination *x)
{
	enum gl_image_defect defect = gl_image_defect(x->image);

	switch (defect) {
	case GL_IMAGE_SOUND:
		return 0;
	case GL_IMAGE_LOAD_TRUNCATED:
		return say_defect(x, GL_CODE_TRUNCATED, is_surely_truncated(x));
	case GL_IMAGE_DYNAMIC_INVALID:
		if (gl_image_interpreter(x->image))
			return say_defect(x, GL_CODE_MALFORMED_HEADERS, true);
		x->unknown = true; /* a static program may never look at it */
		return 0;
	case GL_IMAGE_EMPTY:
	case GL_IMAGE_NOT_ELF:
	case GL_IMAGE_HEADER_TRUNCATED:
	case GL_IMAGE_HEADER_INVALID:
	case GL_IMAGE_NO_SEGMENTS:
	case GL_IMAGE_SEGMENTS_INVALID:
	case GL_IMAGE_SEGMENTS_TRUNCATED:
	case GL_IMAGE_LOAD_INVALID:
	case GL_IMAGE_INTERPRETER_INVALID:
	case GL_IMAGE_DEFECT_MAX:
		break;
	}
	return say_defect(x, defect_codes[defect], true);
}

/* Does this kernel run programs of that machine?  (The class is not looked at.) */
static bool is_native(const struct gl_examination *x, const struct gl_image_header *h)
{
	const struct gl_arch *arch = x->host->arch;

	if (h->machine == arch->elf_machine)
		return h->elf_class == arch->elf_class;
	return h->machine == arch->compat_machine;
}

static int check_machine(struct gl_examination *x)
{
	const struct gl_image_header *h = gl_image_header(x->image);
	const struct gl_arch *known = gl_arch_find(h->machine, h->elf_class);
	char name[32];
	struct gl_finding *f;

	if (is_native(x, h) || x->emulated)
		return 0;
	f = gl_findings_add(&x->findings, GL_CODE_WRONG_MACHINE, "%s is for %s, this host is %s", x->shown,
			    gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)),
			    x->host->arch->name);
	gl_finding_row(f, "why", "execve says \"Exec format error\"");
	gl_finding_evidence(f, "machine", gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)));
	gl_finding_evidence(f, "goarch", known ? known->goarch : NULL);
	gl_finding_evidence(f, "host", x->host->arch->name);
	gl_finding_fix(f, "GOARCH=%s go build ...", x->host->arch->goarch);
	gl_finding_fix(f, "take the image for this platform: docker pull --platform linux/%s",
		       x->host->arch->goarch);
	return GL_RULES_STOP;
}

static int say_type(struct gl_examination *x, const char *what)
{
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_NOT_AN_EXECUTABLE_TYPE,
					       "%s is %s, not a program", x->shown, what);

	gl_finding_evidence(f, "type", what);
	gl_finding_fix(f, "go build without -buildmode=c-archive, c-shared, archive or plugin");
	return GL_RULES_STOP;
}

/*
 * A shared object without interpreter that has no entry point, or that needs
 * libraries, cannot work when it is started.  (ld.so itself and static-PIE
 * programs have neither interpreter nor needed libraries, and do.)
 */
static bool is_library(const struct gl_examination *x, const struct gl_image_header *h)
{
	if (h->type != ET_DYN || gl_image_interpreter(x->image))
		return false;
	return h->entry == 0 || gl_image_dynamic(x->image)->needed_count > 0;
}

static int check_type(struct gl_examination *x)
{
	const struct gl_image_header *h = gl_image_header(x->image);

	if (h->type == ET_REL)
		return say_type(x, "an object file (.o)");
	if (h->type == ET_CORE)
		return say_type(x, "a core dump");
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return say_type(x, "an ELF file of an unknown type");
	if (is_library(x, h))
		return say_type(x, "a shared library");
	return 0;
}

static int find_foreign(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len,
			void *arg)
{
	static const char *const systems[] = {"FreeBSD", "NetBSD", "OpenBSD", "DragonFly"};
	const char **ret = arg;

	(void)type;
	(void)desc;
	(void)desc_len;
	for (size_t i = 0; i < GL_ARRAY_SIZE(systems); i++)
		if (!strcmp(name, systems[i]))
			*ret = systems[i];
	return *ret != NULL;
}

/*
 * EI_OSABI alone proves nothing: the kernel ignores it, and programs for Linux
 * with a foreign value run.  The systems' own notes do.
 */
static int check_system(struct gl_examination *x)
{
	const char *system = NULL;
	struct gl_finding *f;
	int r = gl_image_each_note(x->image, find_foreign, &system);

	if (r < 0)
		return r;
	if (!system)
		return 0;
	f = gl_findings_add(&x->findings, GL_CODE_FOREIGN_OPERATING_SYSTEM, "%s is a program for %s",
			    x->shown, system);
	gl_finding_row(f, "why", "Linux would start it, and its first system call would mean something else");
	gl_finding_evidence(f, "system", system);
	gl_finding_fix(f, "GOOS=linux go build ...");
	return GL_RULES_STOP;
}

int gl_rules_elf(struct gl_examination *x, struct gl_err *err)
{
	static int (*const checks[])(struct gl_examination *) = {check_machine, check_type, check_defect,
								 check_system};
	enum gl_image_defect defect = gl_image_defect(x->image);
	int r = 0;

	(void)err;
	/* Without a readable header there is no machine and no type to judge. */
	if (defect == GL_IMAGE_EMPTY || defect == GL_IMAGE_NOT_ELF || defect == GL_IMAGE_HEADER_TRUNCATED ||
	    defect == GL_IMAGE_HEADER_INVALID)
		return check_defect(x);
	for (size_t i = 0; i < GL_ARRAY_SIZE(checks) && !r; i++)
		r = checks[i](x);
	return r ? r : x->emulated ? GL_RULES_STOP : 0;
}
