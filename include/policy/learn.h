/*
 * From what a program was seen to call to a policy that allows it that and no more.
 *
 * What every Go program calls (@go-runtime, but of clone, fcntl and prctl only what
 * the runtime itself asks of them) is allowed without having been seen: those calls
 * are decided by the filter while golaunch learns, and cost nothing.  All others are
 * told apart by the arguments that matter: what a socket is made of, what ioctl,
 * prctl or fcntl is asked, which namespaces clone makes.
 *
 * What Go's net does with every connection (asking its address, TCP_NODELAY and
 * keep-alive) is not looked at one by one either: six calls of a connection's eight.  It
 * is allowed where any call was seen by which a process comes to a socket.
 *
 * A seen call becomes a fact; facts become lines that allow their union exactly.
 * A group is written only where every call of it was seen.  Depends on: policy.
 */
#pragma once

#include "base/buf.h"
#include "policy/decide.h"

#define GL_LEARN_ARGUMENTS 6

/* An argument by which calls of one name are told apart: its bits under the mask. */
struct gl_learn_argument {
	uint8_t index;
	uint64_t mask;
};

struct gl_learn_call {
	uint8_t count;
	struct gl_learn_argument arguments[GL_LEARN_ARGUMENTS];
};

/* Of all calls of a machine. */
struct gl_learn_scheme {
	const struct gl_machine_calls *machine;
	struct gl_learn_call *calls; /* owned; by index of the call */
};
#define GL_LEARN_SCHEME_INIT ((struct gl_learn_scheme){.calls = NULL})

/*
 * What is in golaunch's own list; with a policy that is to be added to, also the
 * arguments that it tests.  into may be NULL.  Returns 0 or -ENOMEM.
 */
int gl_learn_scheme_init(struct gl_learn_scheme *scheme, const struct gl_machine_calls *machine,
			 const struct gl_policy *into, struct gl_err *err) GL_MUST_CHECK;
void gl_learn_scheme_done(struct gl_learn_scheme *scheme) GL_NONNULL;
#define gl_autoscheme GL_CLEANUP(gl_learn_scheme_done)

/* What matters of these arguments; the places behind the last one are 0. */
void gl_learn_reduce(const struct gl_learn_scheme *scheme, uint16_t call, const uint64_t args[6],
		     uint64_t ret_values[GL_LEARN_ARGUMENTS]) GL_NONNULL;

/*
 * The policy whose traps are what is to be recorded, as text: calls later than kernel
 * answer ENOSYS, as they will under what is learned, and so does clone3.  connections:
 * what Go's net does with each is recorded too; else gl_learned.connections must say so.
 */
void gl_learn_put_observer(uint32_t kernel, bool connections, struct gl_buf *text) GL_NONNULL;

/* The release that "known-through" may name: kernel, within what the table has. */
uint32_t gl_learn_known_through(const struct gl_machine_calls *machine, uint32_t kernel) GL_NONNULL;

enum gl_learn_phase {
	GL_LEARN_START = 1, /* before main.main */
	GL_LEARN_MAIN = 2,
	GL_LEARN_ANY = 4 /* the start was not watched */
};

/* Calls of one name with the same arguments, as far as they matter. */
struct gl_learn_fact {
	uint16_t call;
	bool foreign; /* by another ABI of the machine */
	uint64_t values[GL_LEARN_ARGUMENTS];
	uint64_t count;
	unsigned phases; /* enum gl_learn_phase */
	const char *by;	 /* borrowed, escaped, one line; NULL: unknown */
	size_t more;	 /* other callers */
	/* Of a merge: what the policy says of it. */
	struct gl_policy_decision decision;
};

struct gl_learned {
	const struct gl_learn_scheme *scheme;
	const struct gl_learn_fact *facts;
	size_t count;
	uint32_t kernel;     /* that it was learned on */
	const char *program; /* borrowed, escaped */
	bool script;	     /* it is one, and they live by executing others, seen or not */
	bool connections;    /* what Go's net does with each was recorded */
	uint64_t lost;	     /* distinct calls for which there was no room: the policy is not whole */
};

/* A policy of its own, at the end of text.  Returns 0 or -ENOMEM, -E2BIG. */
int gl_learn_write(const struct gl_learned *learned, struct gl_buf *text,
		   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Why a fact cannot be added to a policy. */
enum gl_learn_conflict {
	GL_LEARN_ADDED,
	GL_LEARN_DENIED, /* a statement denies it by name */
	GL_LEARN_NEWER,	 /* than known-through */
	GL_LEARN_EXEC,	 /* exec deny */
	GL_LEARN_FOREIGN /* abis native */
};
enum gl_learn_conflict gl_learn_conflict_of(const struct gl_learn_fact *fact) GL_NONNULL;

/*
 * The text of a policy with lines for the facts that it denies by its default alone.
 * They come first, so that no statement of it is overridden: the last one that holds
 * decides.  All of the text stays as it is.  *ret_added: how many lines.  Returns 0 or
 * -ENOMEM, -E2BIG.
 */
int gl_learn_merge(const struct gl_learned *learned, const struct gl_policy *into, struct gl_buf *text,
		   size_t *ret_added, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* One line without its comment: "allow ioctl if request == TCGETS".  For a conflict: what would allow it. */
void gl_learn_put_statement(const struct gl_learn_scheme *scheme, const struct gl_learn_fact *fact,
			    struct gl_buf *text) GL_NONNULL;
