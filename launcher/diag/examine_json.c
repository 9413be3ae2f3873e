/*
 * An examination as an element of golaunch.check/1 (DESIGN: "JSON").
 */
#include <elf.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "diag/examine.h"
#include "elf/notes.h"
#include "elf/versions.h"

static const char *type_name(uint16_t type)
{
	return type == ET_EXEC	 ? "EXEC"
	       : type == ET_DYN	 ? "DYN"
	       : type == ET_REL	 ? "REL"
	       : type == ET_CORE ? "CORE"
				 : "NONE";
}

static json_t *elf_json(const struct gl_examination *x)
{
	const struct gl_image_dynamic *dynamic;
	const struct gl_image_header *h;
	json_t *needed = json_array();
	char name[32];

	if (!x->image) {
		json_decref(needed);
		return json_null();
	}
	h = gl_image_header(x->image);
	dynamic = gl_image_dynamic(x->image);
	for (size_t i = 0; i < dynamic->needed_count; i++)
		json_array_append_new(needed, gl_json_text(dynamic->needed[i]));
	return json_pack("{s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "class",
			 h->elf_class == ELFCLASS32 ? 32 : 64, "machine",
			 gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)), "type",
			 type_name(h->type), "interpreter", gl_json_text(gl_image_interpreter(x->image)),
			 "needed", needed, "rpath", gl_json_text(dynamic->rpath), "runpath",
			 gl_json_text(dynamic->runpath), "stripped", !gl_image_has_symtab(x->image));
}

json_t *gl_examination_go_json(const struct gl_examination *x)
{
	static const char *const cgo[GL_CGO_MAX] = {
		[GL_CGO_UNKNOWN] = "unknown", [GL_CGO_NO] = "no", [GL_CGO_YES] = "yes"};
	const struct gl_gobin *go = &x->gobin;
	json_t *settings;

	if (!x->image || (go->kind != GL_GOBIN_YES && go->kind != GL_GOBIN_BARE))
		return json_null();
	settings = json_object();
	for (size_t i = 0; i < go->setting_count; i++) {
		gl_autobuf struct gl_buf key = GL_BUF_INIT;

		gl_escape_utf8(&key, go->settings[i].key, strlen(go->settings[i].key), 0);
		json_object_set_new(settings, gl_buf_text(&key), gl_json_text(go->settings[i].value));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "version", gl_json_text(go->version), "path",
			 gl_json_text(go->path), "module", gl_json_text(go->module), "module_version",
			 gl_json_text(go->module_version), "cgo", cgo[go->cgo], "settings", settings);
}

/* Is version GLIBC_2.N with a larger N than *minor?  Names that are no numbers are passed over. */
static void raise_glibc(const char *version, unsigned *minor)
{
	unsigned n;
	int end = 0;

	if (sscanf(version, "GLIBC_2.%u%n", &n, &end) == 1 && (version[end] == '\0' || version[end] == '.'))
		*minor = GL_MAX(*minor, n);
}

static json_t *glibc_json(const struct gl_examination *x)
{
	const struct gl_version_need *needs;
	size_t count, i;
	unsigned minor = 0;

	if (gl_image_version_needs(x->image, &needs, &count, NULL))
		return json_null();
	for (i = 0; i < count; i++)
		raise_glibc(needs[i].version, &minor);
	return minor ? json_sprintf("2.%u", minor) : json_null();
}

static json_t *requires_json(const struct gl_examination *x)
{
	const char *kernel;
	unsigned level;

	if (!x->image)
		return json_pack("{s:n, s:n, s:n}", "glibc", "kernel", "cpu");
	kernel = x->gobin.kind == GL_GOBIN_YES ? gl_gobin_kernel_floor(&x->gobin, x->image) : NULL;
	level = GL_MAX(gl_gobin_cpu_level(&x->gobin), gl_image_isa_level(x->image));
	return json_pack("{s:o, s:o, s:o}", "glibc", glibc_json(x), "kernel", gl_json_text(kernel), "cpu",
			 gl_image_header(x->image)->machine == EM_X86_64 ? json_sprintf("x86-64-v%u", level)
									 : json_null());
}

static json_t *library_json(const struct gl_examination *x, const struct gl_library *lib)
{
	return json_pack("{s:o, s:o, s:s, s:o, s:s}", "soname", gl_json_text(lib->name), "path",
			 gl_json_text(lib->path), "via", gl_via_name(lib->via), "needed_by",
			 gl_json_text(x->closure.libraries[lib->needed_by]->name), "status",
			 gl_library_status_name(lib->status));
}

static json_t *libraries_json(const struct gl_examination *x)
{
	json_t *array = json_array();

	for (size_t i = 1; i < x->closure.count; i++)
		json_array_append_new(array, library_json(x, x->closure.libraries[i]));
	return array;
}

json_t *gl_examination_json(const struct gl_examination *x)
{
	enum gl_verdict verdict = gl_examination_verdict(x);

	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:[]}", "file", gl_json_text(x->file),
			 "verdict", gl_verdict_name(verdict), "launch",
			 verdict == GL_VERDICT_REFUSED ? "none" : gl_launch_name(x->launch), "elf",
			 elf_json(x), "go", gl_examination_go_json(x), "requires", requires_json(x),
			 "libraries", libraries_json(x), "findings", gl_findings_json(&x->findings),
			 "targets");
}

json_t *gl_host_json(struct gl_host *host, struct gl_err *err)
{
	struct gl_libc libc;
	unsigned level = gl_host_cpu_level(host);

	if (gl_libc_of_host(host, &libc, err))
		return NULL;
	return json_pack("{s:s, s:o, s:o, s:s, s:o}", "libc", gl_libc_kind_name(libc.kind), "libc_version",
			 gl_json_text(*libc.version ? libc.version : NULL), "kernel",
			 json_sprintf("%u.%u.%u", host->kernel[0], host->kernel[1], host->kernel[2]),
			 "machine", host->arch->name, "cpu_level",
			 level ? json_sprintf("x86-64-v%u", level) : json_null());
}
