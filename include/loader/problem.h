/*
 * Everything the stub refuses for, and how it says so: one line on stderr,
 *
 *	golaunch: error[GL7003]: /path/of/file: what is wrong (ENOENT)
 *
 * and exit status 126.  Codes are those of golaunch's table of findings.
 * Functions of the stub return 0, one of these (an answer about a file), or
 * -errno (a system call failed).
 */
#pragma once

#define GL_LD_EXIT_STATUS 126

enum gl_ld_problem {
	GL_LD_FINE,
	/* files */
	GL_LD_CANNOT_OPEN,
	GL_LD_CANNOT_READ,
	GL_LD_NOT_REGULAR,
	/* ELF files */
	GL_LD_NOT_ELF,
	GL_LD_TRUNCATED,
	GL_LD_WRONG_CLASS,
	GL_LD_WRONG_MACHINE,
	GL_LD_WRONG_TYPE,
	GL_LD_BAD_HEADERS,
	GL_LD_BAD_SEGMENTS,
	GL_LD_BAD_PAGES,
	GL_LD_BAD_ENTRY,
	GL_LD_BAD_INTERP,
	GL_LD_NO_INTERP,
	GL_LD_NOT_A_LOADER,
	GL_LD_BAD_DYNAMIC,
	/* the bundle and its place */
	GL_LD_NO_ROOM_FOR_PATH,
	GL_LD_PATH_TOO_LONG,
	GL_LD_PATH_UNUSABLE,
	GL_LD_NO_PLACE,
	GL_LD_PRIVILEGED,
	/* memory */
	GL_LD_ADDRESS_TAKEN,
	GL_LD_NOEXEC,
	GL_LD_CANNOT_MAP,
	GL_LD_PROBLEM_MAX
};

/* Its code ("GL7003") and its words; static memory. */
const char *gl_ld_problem_code(enum gl_ld_problem problem);
const char *gl_ld_problem_text(enum gl_ld_problem problem);

/* The name of an errno ("ENOENT"), or NULL for one the stub does not expect. */
const char *gl_ld_errno_name(int errnum);

/* Writes the line; errnum 0: none to tell.  Makes no other change: the caller exits. */
void gl_ld_problem_tell(enum gl_ld_problem problem, const char *path, int errnum);
