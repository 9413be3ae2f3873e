/*
 * What the files policy/learn*.c share: learn.c (what matters of a call, what need not
 * be seen), learn_boxes.c (facts to as few lines as allow the same), learn_write.c (a
 * policy of its own) and learn_merge.c (lines for another).  Nobody else includes this.
 */
#pragma once

#include "policy/learn.h"

#define GL_LEARN_BASE	 "go-runtime"		     /* the group that need not be seen */
#define GL_LEARN_LIMITS	 "clone fcntl fcntl64 prctl" /* those of its calls of which only some uses need not */
#define GL_LEARN_COMMENT 48			     /* column of comments */
#define GL_LEARN_WIDTH	 96			     /* of a statement */

/*
 * Calls of one name for which each argument that matters has one of some values: a
 * line.  The comment is about all of them.
 */
struct gl_learn_box {
	uint16_t call;
	uint64_t values[GL_LEARN_ARGUMENTS][GL_POLICY_MAX_VALUES]; /* ascending */
	size_t counts[GL_LEARN_ARGUMENTS];
	uint64_t times;
	unsigned phases;
	const char *by;
	size_t more;
};

struct gl_learn_boxes {
	struct gl_learn_box *items; /* owned; by call, then by values */
	size_t count;
	bool foreign; /* a call by another ABI was seen */
};
#define GL_LEARN_BOXES_INIT ((struct gl_learn_boxes){.items = NULL})

/* Facts about calls that are decided by lines of their own; execve and execveat become one box of execve. */
int gl_learn_boxes_make(const struct gl_learned *learned, bool (*takes)(const struct gl_learn_fact *fact),
			struct gl_learn_boxes *ret, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_learn_boxes_done(struct gl_learn_boxes *boxes) GL_NONNULL;
#define gl_autoboxes GL_CLEANUP(gl_learn_boxes_done)

/* "allow socket if domain in {AF_INET, AF_INET6} && ...", without its end. */
void gl_learn_put_box(const struct gl_learn_scheme *scheme, const struct gl_learn_box *box,
		      struct gl_buf *text) GL_NONNULL;
/*
 * A line: the statement, with the comment behind it in one column; where the statement
 * is longer than that, above it.  What is longer than a screen is joined from several.
 */
void gl_learn_put_line(const char *statement, const char *comment, struct gl_buf *text) GL_NONNULL;
/* "main.serve main.go:12, 5 times, main" */
void gl_learn_put_comment(const struct gl_learn_box *box, struct gl_buf *comment) GL_NONNULL;
/* A line whose comment is that of a box. */
void gl_learn_put_box_line(const char *statement, const struct gl_learn_box *box,
			   struct gl_buf *text) GL_NONNULL;
/* All lines of boxes but execve's. */
void gl_learn_put_boxes(const struct gl_learn_scheme *scheme, const struct gl_learn_boxes *boxes,
			struct gl_buf *text) GL_NONNULL;

/* That of execve; NULL: it was not seen. */
const struct gl_learn_box *gl_learn_find_exec(const struct gl_learn_scheme *scheme,
					      const struct gl_learn_boxes *boxes) GL_NONNULL;

/* The lines about GL_LEARN_LIMITS: word ("deny", "trap") for all of them, then what every Go program asks. */
void gl_learn_put_base(const char *word, struct gl_buf *text) GL_NONNULL;
/* Those that stand for what Go's net does with each connection. */
void gl_learn_put_connections(struct gl_buf *text) GL_NONNULL;
/* Is this a call by which a process may come to a socket? */
bool gl_learn_is_socket_source(const struct gl_machine_calls *m, uint16_t call) GL_NONNULL;
