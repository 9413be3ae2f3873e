/*
 * A policy that was compiled before its use ("policy compile FILE -o FILE.bpf"):
 * both variants of the filter with their conditions open, and the texts it came
 * from, which the settings and the explanations of denials are read from.
 *
 * All numbers little-endian:
 *
 *	bytes 8		"\x7fGLAUNCH"
 *	u32		format, GL_COMPILED_FORMAT
 *	u32		known-through
 *	u64		key of the golaunch that made it: gl_compiled_key()
 *	u64		hash of the texts: gl_compiled_texts_hash()
 *	text		machine, as uname(2) says
 *	u32		number of texts, at least one; of each
 *	    text	its name
 *	    text	its content
 *	    text	its location; empty: not known
 *	for each variant (policy/compile.h)
 *	    u32		number of instructions; of each u16 code, u8 jt, u8 jf, u32 k
 *	    u32		number of patches; of each u64 capabilities, u32 kernel below,
 *			u32 kernel from, u32 instruction, u32 if true, u32 if false
 *	u64		hash of all of this (FNV-1a: against damage, not against forgery)
 *
 * A text is an u32 and so many bytes, none of them NUL.  A location is where the
 * file that the text came from lies, as seen from the folder that the compiled
 * policy lies in ("app.policy", "../policies/base.policy"), never absolute: both
 * can be moved together, and a build's folders are not told.  It is for seeing
 * that the text was changed, and nothing is read from there.  Whether a file can be
 * trusted is for the one who opens it to say; what is read is valid to load (the
 * same rules as the kernel's checker) whoever wrote it.
 */
#pragma once

#include "base/buf.h"
#include "policy/compile.h"

#define GL_COMPILED_MAGIC     "\x7fGLAUNCH"
#define GL_COMPILED_MAGIC_LEN ((size_t)8)
#define GL_COMPILED_FORMAT    3
#define GL_COMPILED_MAX_BYTES ((size_t)8 << 20)
#define GL_COMPILED_MAX_NAME  4096

struct gl_compiled {
	struct gl_policy_file *files; /* owned; the first is the policy itself, the others what it includes */
	size_t file_count;
	uint32_t known_through;
	struct gl_filter filters[GL_FILTER_VARIANT_MAX]; /* not settled */
};
#define GL_COMPILED_INIT ((struct gl_compiled){.files = NULL})
void gl_compiled_done(struct gl_compiled *compiled) GL_NONNULL;
#define gl_autocompiled GL_CLEANUP(gl_compiled_done)

/* Does it begin as one? */
bool gl_compiled_is(const void *bytes, size_t len);

/*
 * Notes in a policy where the files that it was read from lie, as seen from the
 * folder of output, the file that it is to be written to.  To be asked from the
 * current folder that the policy was read in.
 *
 * Not known are: presets, a text that came from no file, all where output is no
 * regular file, and what is named by a descriptor (/dev/stdin, /proc/self/fd/3,
 * /dev/stdout), a name that means another file to the next process.  Links in
 * folders' names are resolved; a link that is the file itself is noted as such,
 * so that one which leads elsewhere later (a ConfigMap's) is followed there.
 *
 * Returns 0, or -errno: the folder of output or of a file cannot be found,
 * -ENAMETOOLONG: beyond GL_COMPILED_MAX_NAME; -ENOMEM.
 */
int gl_compiled_locate(struct gl_policy *policy, const char *output,
		       struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Compiles a policy and writes it to the end of bytes, which must be empty.
 * Returns 0, -E2BIG (a filter or the whole is too large) or -ENOMEM.
 */
int gl_compiled_write(const struct gl_policy *policy, struct gl_buf *bytes,
		      struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Reads one for this machine.  Returns 0; -EBADMSG: it is none, or damaged;
 * -ESTALE: it is for another machine, or was made by another golaunch, whose
 * system calls or compiler may differ; -ENOMEM.  ret_compiled must be
 * GL_COMPILED_INIT.
 */
int gl_compiled_read(const void *bytes, size_t len, const struct gl_machine_calls *machine,
		     struct gl_compiled *ret_compiled, struct gl_err *err) GL_MUST_CHECK;

/*
 * Is what it was compiled from still what lies there?  name: the file that it was
 * read from.  Looked at is what is a regular file and can be read; of the others
 * nothing can be said, as a compiled policy may be shipped alone.  Neither is
 * anything looked at where name is a descriptor's (above).
 *
 * Returns 0; -ESTALE: a text was changed since; -ENOMEM, -EMFILE, -ENFILE: it
 * cannot be looked at for want of means.
 */
int gl_compiled_check_files(const struct gl_compiled *compiled, const char *name,
			    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Of all that a filter hangs on besides its texts: the version of golaunch, the
 * machine's calls, arguments and constants, the groups and the presets.  The
 * texts are read again at launch, to explain denials; were a group another one by
 * then, the explanations would speak of another policy than the filter.
 */
uint64_t gl_compiled_key(const struct gl_machine_calls *machine) GL_NONNULL;

/* Of names and contents: whether the texts that are there now are those that were compiled. */
uint64_t gl_compiled_texts_hash(const struct gl_policy_file *files, size_t count);
