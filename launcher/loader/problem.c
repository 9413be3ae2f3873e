/*
 * What the stub says when it refuses: see loader/problem.h.
 *
 * The tables hold arrays, not pointers: a pointer would need a relocation, and
 * nobody relocates the stub.
 */
#include "loader/problem.h"

#include <linux/errno.h>
#include <stdint.h>

#include "loader/sys.h"
#include "loader/text.h"

#define STDERR	  2
#define LINE_SIZE (4 * 4096 + 256) /* a path of PATH_MAX with all of it escaped, and the words */

struct row {
	char code[7];
	char text[81];
};

static const struct row rows[GL_LD_PROBLEM_MAX] = {
	[GL_LD_FINE] = {"", ""},
	[GL_LD_CANNOT_OPEN] = {"GL7003", "cannot be opened"},
	[GL_LD_CANNOT_READ] = {"GL7003", "cannot be read"},
	[GL_LD_NOT_REGULAR] = {"GL7003", "is not a regular file"},
	[GL_LD_NOT_ELF] = {"GL7003", "is not an ELF file"},
	[GL_LD_TRUNCATED] = {"GL7003", "is cut off: a part that its headers name is missing"},
	[GL_LD_WRONG_CLASS] = {"GL7003", "is not a 64-bit little-endian ELF file"},
	[GL_LD_WRONG_MACHINE] = {"GL7003", "is for another machine"},
	[GL_LD_WRONG_TYPE] = {"GL7003", "is neither a program nor a shared object"},
	[GL_LD_BAD_HEADERS] = {"GL7003", "has malformed program headers"},
	[GL_LD_BAD_SEGMENTS] = {"GL7003", "has segments that cannot be loaded"},
	[GL_LD_BAD_PAGES] = {"GL3005", "has segments that do not fit this kernel's page size"},
	[GL_LD_BAD_ENTRY] = {"GL7003", "starts outside of its code"},
	[GL_LD_BAD_INTERP] = {"GL7003", "names its loader in a malformed way"},
	[GL_LD_NO_INTERP] = {"GL7003", "is a static program, which needs no bundle"},
	[GL_LD_NOT_A_LOADER] = {"GL7003", "is not a loader"},
	[GL_LD_BAD_DYNAMIC] = {"GL7003", "has a malformed dynamic section"},
	[GL_LD_NO_ROOM_FOR_PATH] = {"GL7004", "has no room for a library path in its dynamic section"},
	[GL_LD_PATH_TOO_LONG] = {"GL7004", "is too long a path"},
	[GL_LD_PATH_UNUSABLE] = {"GL7004", "cannot be a library path: it has a ':', '$' or newline in it"},
	[GL_LD_NO_PLACE] = {"GL7002",
			    "its bundle cannot be found: /proc is missing and its name is not known"},
	[GL_LD_PRIVILEGED] =
		{"GL5006",
		 "is setuid, setgid or has capabilities: refused, it would load libraries by place"},
	[GL_LD_ADDRESS_TAKEN] = {"GL7004", "cannot be mapped: its address is taken"},
	[GL_LD_NOEXEC] = {"GL1004", "cannot be mapped for execution: its file system is mounted noexec"},
	[GL_LD_CANNOT_MAP] = {"GL7004", "cannot be mapped"},
};

struct errno_name {
	int number;
	char name[13];
};

static const struct errno_name errno_names[] = {
	{EPERM, "EPERM"},   {ENOENT, "ENOENT"},	      {EIO, "EIO"},	  {ENXIO, "ENXIO"},
	{EBADF, "EBADF"},   {EAGAIN, "EAGAIN"},	      {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"},
	{EFAULT, "EFAULT"}, {EEXIST, "EEXIST"},	      {ENODEV, "ENODEV"}, {ENOTDIR, "ENOTDIR"},
	{EISDIR, "EISDIR"}, {EINVAL, "EINVAL"},	      {ENFILE, "ENFILE"}, {EMFILE, "EMFILE"},
	{ELOOP, "ELOOP"},   {EOVERFLOW, "EOVERFLOW"}, {ENOSYS, "ENOSYS"}, {ENAMETOOLONG, "ENAMETOOLONG"},
	{ESTALE, "ESTALE"}, {EINTR, "EINTR"},	      {EROFS, "EROFS"},	  {ETXTBSY, "ETXTBSY"},
};

const char *gl_ld_problem_code(enum gl_ld_problem problem)
{
	return rows[problem].code;
}

const char *gl_ld_problem_text(enum gl_ld_problem problem)
{
	return rows[problem].text;
}

const char *gl_ld_errno_name(int errnum)
{
	for (size_t i = 0; i < sizeof(errno_names) / sizeof(errno_names[0]); i++)
		if (errno_names[i].number == errnum)
			return errno_names[i].name;
	return NULL;
}

static void add_errno(struct gl_ld_text *line, int errnum)
{
	const char *name = gl_ld_errno_name(errnum);

	gl_ld_text_add(line, " (");
	if (name) {
		gl_ld_text_add(line, name);
	} else {
		gl_ld_text_add(line, "errno ");
		gl_ld_text_add_number(line, (unsigned long)errnum);
	}
	gl_ld_text_add(line, ")");
}

void gl_ld_problem_tell(enum gl_ld_problem problem, const char *path, int errnum)
{
	char array[LINE_SIZE];
	struct gl_ld_text line = gl_ld_text_in(array, sizeof(array) - 1);

	gl_ld_text_add(&line, "golaunch: error[");
	gl_ld_text_add(&line, gl_ld_problem_code(problem));
	gl_ld_text_add(&line, "]: ");
	gl_ld_text_add_escaped(&line, path);
	gl_ld_text_add(&line, ": ");
	gl_ld_text_add(&line, gl_ld_problem_text(problem));
	if (errnum)
		add_errno(&line, errnum);
	/* Cut or not, it is a line. */
	array[line.len++] = '\n';
	gl_sys_write(STDERR, array, line.len);
}
