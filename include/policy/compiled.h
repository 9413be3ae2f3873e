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
 *	for each variant (policy/compile.h)
 *	    u32		number of instructions; of each u16 code, u8 jt, u8 jf, u32 k
 *	    u32		number of patches; of each u64 capabilities, u32 kernel below,
 *			u32 kernel from, u32 instruction, u32 if true, u32 if false
 *	u64		hash of all of this (FNV-1a: against damage, not against forgery)
 *
 * A text is an u32 and so many bytes, none of them NUL.  Whether a file can be
 * trusted is for the one who opens it to say; what is read is valid to load (the
 * same rules as the kernel's checker) whoever wrote it.
 */
#pragma once

#include "base/buf.h"
#include "policy/compile.h"

#define GL_COMPILED_MAGIC     "\x7fGLAUNCH"
#define GL_COMPILED_MAGIC_LEN ((size_t)8)
#define GL_COMPILED_FORMAT    2
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
 * Of all that a filter hangs on besides its texts: the version of golaunch, the
 * machine's calls, arguments and constants, the groups and the presets.  The
 * texts are read again at launch, to explain denials; were a group another one by
 * then, the explanations would speak of another policy than the filter.
 */
uint64_t gl_compiled_key(const struct gl_machine_calls *machine) GL_NONNULL;

/* Of names and contents: whether the texts that are there now are those that were compiled. */
uint64_t gl_compiled_texts_hash(const struct gl_policy_file *files, size_t count);
