/*
 * What the program says of its making: notes, and one line about it.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"

#define WORD_MAX 120

static void check_kind(struct gl_examination *x)
{
	struct gl_finding *f;

	if (x->gobin.packed) {
		f = gl_findings_add(&x->findings, GL_CODE_PACKED,
				    "%s is packed by UPX: what is inside cannot be checked", x->shown);
		gl_finding_fix(f, "ship it unpacked: upx -d %s", x->shown);
		x->unknown = true;
	} else if (x->gobin.kind == GL_GOBIN_NO) {
		f = gl_findings_add(&x->findings, GL_CODE_NOT_GO, "%s was not built by the Go toolchain",
				    x->shown);
		gl_finding_row(f, "why",
			       "neither build information, function table nor build id of Go in it");
	}
}

static void check_pie(struct gl_examination *x)
{
	struct gl_finding *f;

	if (x->gobin.kind != GL_GOBIN_YES || !gl_image_interpreter(x->image) ||
	    gl_image_dynamic(x->image)->needed_count)
		return;
	f = gl_findings_add(&x->findings, GL_CODE_PIE_WITHOUT_LIBC,
			    "%s has no cgo, but as a PIE it needs a loader", x->shown);
	gl_finding_fix(f, "leave -buildmode=pie out for images without a loader");
}

static void check_stripped(struct gl_examination *x)
{
	if (x->gobin.kind == GL_GOBIN_YES && !gl_image_has_symtab(x->image))
		gl_findings_add(&x->findings, GL_CODE_STRIPPED,
				"%s has no symbol table; Go's function table remains", x->shown);
}

int gl_rules_go(struct gl_examination *x, struct gl_err *err)
{
	int r = gl_gobin_read(x->image, &x->gobin, err);

	if (r < 0 || x->scope == GL_SCOPE_LAUNCH)
		return r;
	check_kind(x);
	check_pie(x);
	check_stripped(x);
	return 0;
}

static void put_word(struct gl_buf *b, const char *word)
{
	if (!word || !*word)
		return;
	gl_buf_puts(b, ", ");
	gl_escape_text(b, word, strlen(word), WORD_MAX);
}

void gl_examination_summary(const struct gl_examination *x, struct gl_buf *b)
{
	const struct gl_image_header *h;
	char name[32];

	gl_buf_puts(b, x->shown);
	if (!x->image)
		return;
	h = gl_image_header(x->image);
	gl_buf_printf(b, ": %s", gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)));
	put_word(b, x->gobin.version);
	if (x->gobin.kind == GL_GOBIN_NO)
		put_word(b, "not Go");
	if (x->gobin.cgo == GL_CGO_YES)
		put_word(b, "cgo");
	put_word(b, x->gobin.module_version);
}

void gl_rules_row_program(const struct gl_examination *x, struct gl_finding *f)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_examination_summary(x, &b);
	gl_finding_row(f, "program", "%s", gl_buf_text(&b));
}
