/*
 * What the file is, by its first bytes: an ELF file, a script, something of
 * another system, text, nothing.
 */
#include <endian.h>
#include <errno.h>

#include "base/escape.h"
#include "base/file.h"
#include "diag/rules.h"
#include "host/binfmt.h"

#define HEAD_SIZE  512
#define TEXT_SHOWN 60

struct magic {
	enum gl_code code;
	const char *what;
	size_t offset, len;
	const char *bytes;
};

/* Formats that are not for Linux's execve; the first that fits counts. */
static const struct magic magics[] = {
	{GL_CODE_MACHO, "a 64-bit Mach-O file (macOS)", 0, 4, "\xcf\xfa\xed\xfe"},
	{GL_CODE_MACHO, "a 32-bit Mach-O file (macOS)", 0, 4, "\xce\xfa\xed\xfe"},
	{GL_CODE_MACHO, "a big-endian Mach-O file (macOS)", 0, 4, "\xfe\xed\xfa\xcf"},
	{GL_CODE_MACHO, "a big-endian Mach-O file (macOS)", 0, 4, "\xfe\xed\xfa\xce"},
	{GL_CODE_MACHO, "a universal Mach-O file (macOS)", 0, 7,
	 "\xca\xfe\xba\xbe\0\0\0"}, /* Java's count is larger */
	{GL_CODE_PE, "a PE file (Windows)", 0, 2, "MZ"},
	{GL_CODE_WEBASSEMBLY, "a WebAssembly module", 0, 4, "\0asm"},
	{GL_CODE_ARCHIVE, "a Debian package", 0, 21, "!<arch>\ndebian-binary"},
	{GL_CODE_NOT_AN_EXECUTABLE_TYPE, "an archive of object files (.a)", 0, 8, "!<arch>\n"},
	{GL_CODE_NOT_AN_EXECUTABLE_TYPE, "a thin archive of object files (.a)", 0, 8, "!<thin>\n"},
	{GL_CODE_ARCHIVE, "an RPM package", 0, 4, "\xed\xab\xee\xdb"},
	{GL_CODE_ARCHIVE, "a gzip file (a .tar.gz?)", 0, 2, "\x1f\x8b"},
	{GL_CODE_ARCHIVE, "a zip file", 0, 4, "PK\3\4"},
	{GL_CODE_ARCHIVE, "an xz file", 0, 6,
	 "\xfd"
	 "7zXZ\0"},
	{GL_CODE_ARCHIVE, "a bzip2 file", 0, 3, "BZh"},
	{GL_CODE_ARCHIVE, "a Zstandard file", 0, 4, "\x28\xb5\x2f\xfd"},
	{GL_CODE_ARCHIVE, "a 7-Zip file", 0, 6, "7z\xbc\xaf\x27\x1c"},
	{GL_CODE_ARCHIVE, "a tar archive", 257, 5, "ustar"},
};

/* What a text that is no script looks like, for people who downloaded something else than they thought. */
static const struct {
	const char *start, *what;
} texts[] = {
	{"version https://git-lfs.github.com/spec/",
	 "a Git LFS pointer: the file itself was not fetched (git lfs pull)"},
	{"<!DOCTYPE", "an HTML page: the download answered with a web page"},
	{"<!doctype", "an HTML page: the download answered with a web page"},
	{"<html", "an HTML page: the download answered with a web page"},
	{"\xef\xbb\xbf#!", "a script with a byte order mark before #!: the kernel sees no #!"},
	{"package ", "Go source text: build it with go build"},
	{"{", "JSON text"},
};

static bool is_text(const char *head, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)head[i] < 0x20 && !strchr("\t\n\r\f\033\b", head[i])) || head[i] == 0x7f)
			return false;
	return len > 0 && !memchr(head, '\0', len);
}

static int say_text(struct gl_examination *x, const char *head, size_t len)
{
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_SCRIPT_WITHOUT_SHEBANG,
					       "%s is text without a #! line", x->shown);
	gl_autobuf struct gl_buf first = GL_BUF_INIT;

	gl_escape_text(&first, head, GL_MIN(strcspn(head, "\r\n"), len), TEXT_SHOWN);
	gl_finding_row(f, "begins", "%s", gl_buf_text(&first));
	for (size_t i = 0; i < GL_ARRAY_SIZE(texts); i++) {
		if (strncmp(head, texts[i].start, strlen(texts[i].start)))
			continue;
		gl_finding_row(f, "looks", "like %s", texts[i].what);
		break;
	}
	gl_finding_row(f, "why", "execve says \"Exec format error\"; only a shell would run it");
	gl_finding_fix(f, "make #!/bin/sh its first line");
	return GL_RULES_STOP;
}

static int say_magic(struct gl_examination *x, const struct magic *m)
{
	struct gl_finding *f = gl_findings_add(&x->findings, m->code, "%s is %s", x->shown, m->what);

	gl_finding_row(f, "why", "execve says \"Exec format error\"");
	gl_finding_evidence(f, "format", m->what);
	if (m->code == GL_CODE_ARCHIVE)
		gl_finding_fix(f, "unpack it and start the program inside");
	else if (m->code == GL_CODE_NOT_AN_EXECUTABLE_TYPE)
		gl_finding_fix(f, "go build ./cmd/NAME: only a package main makes a program");
	else
		gl_finding_fix(f, "GOOS=linux GOARCH=%s go build ...", x->host->arch->goarch);
	return GL_RULES_STOP;
}

static int say_unknown(struct gl_examination *x, const char *head, size_t len)
{
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_NOT_EXECUTABLE_FORMAT,
					       "%s is of no format that Linux runs", x->shown);
	gl_autobuf struct gl_buf hex = GL_BUF_INIT;

	for (size_t i = 0; i < GL_MIN(len, (size_t)8); i++)
		gl_buf_printf(&hex, "%s%02x", i ? " " : "", (unsigned char)head[i]);
	gl_finding_row(f, "begins", "%s", gl_buf_text(&hex));
	gl_finding_row(f, "why", "execve says \"Exec format error\"");
	gl_finding_evidence(f, "magic", gl_buf_text(&hex));
	gl_finding_fix(f, "look at what was built or downloaded: file %s", x->shown);
	return GL_RULES_STOP;
}

static int say_empty(struct gl_examination *x)
{
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_EMPTY_FILE, "%s is empty", x->shown);

	gl_finding_row(f, "why", "execve says \"Exec format error\"");
	gl_finding_fix(f, "build or fetch it again");
	return GL_RULES_STOP;
}

/* Is there a handler in binfmt_misc that takes the file?  Then what it would do cannot be told. */
static bool has_handler(struct gl_examination *x, const char *head, size_t len)
{
	char handler[128];

	if (!x->at->live || !gl_binfmt_find(head, len, x->path, handler, sizeof(handler)))
		return false;
	x->emulated = true;
	return true;
}

static int judge_other(struct gl_examination *x, const char *head, size_t len, struct gl_err *err)
{
	if (len == 0)
		return say_empty(x);
	if (len >= 2 && head[0] == '#' && head[1] == '!')
		return gl_rules_script(x, head, len, err);
	if (has_handler(x, head, len))
		return GL_RULES_STOP;
	for (size_t i = 0; i < GL_ARRAY_SIZE(magics); i++)
		if (len >= magics[i].offset + magics[i].len &&
		    !memcmp(head + magics[i].offset, magics[i].bytes, magics[i].len))
			return say_magic(x, &magics[i]);
	return is_text(head, len) ? say_text(x, head, len) : say_unknown(x, head, len);
}

int gl_rules_format(struct gl_examination *x, struct gl_err *err)
{
	char head[HEAD_SIZE + 1] = "";
	ssize_t len = gl_file_pread(x->fd, head, HEAD_SIZE, 0);
	int r;

	if (len < 0)
		return gl_err_sys(err, (int)-len, "cannot read '%s'", x->shown);
	if (len >= 4 && !memcmp(head, "\177ELF", 4)) {
		r = gl_image_open(x->fd, &x->image, err);
		if (r < 0)
			return r;
		/* A handler for foreign ELF machines is asked only where the kernel itself would not run it. */
		if (gl_image_header(x->image)->machine != x->host->arch->elf_machine)
			has_handler(x, head, (size_t)len);
		return 0;
	}
	return x->scope == GL_SCOPE_LAUNCH ? GL_RULES_STOP : judge_other(x, head, (size_t)len, err);
}
