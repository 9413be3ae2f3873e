/*
 * The key of golaunch's own execve: see sandbox/exec_key.h.
 *
 * The instructions are in front of the policy's, and jump into them for everything
 * that is no execve with the key: what is denied is denied, or told to a listener, by
 * the policy's own.  Of the machine's own ABI alone, which golaunch is of.
 */
#include "sandbox/exec_key.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/random.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "policy/syscalls.h"
#include "sandbox/answer.h"

#define LOW(argument)  (offsetof(struct seccomp_data, args) + (argument) * sizeof(uint64_t))
#define HIGH(argument) (LOW(argument) + sizeof(uint32_t))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && sizeof(long) == sizeof(uint64_t),
	       "LOW and HIGH, and arguments of 64 bits");

/* Where the words of the key are. */
static const struct carrier {
	uint32_t number;
	uint32_t offsets[GL_EXEC_KEY_WORDS];
} carriers[] = {
	{SYS_execve, {LOW(4), HIGH(4), LOW(5), HIGH(5)}},
	{SYS_execveat, {HIGH(0), HIGH(4), LOW(5), HIGH(5)}},
};

/* A word: load, subtract, or, keep; the first has nothing to be or'ed with, the last is not kept. */
#define COMPARISON (4 * GL_EXEC_KEY_WORDS - 2)
/* "Is it this call?", the comparison, "is all zero?", the return. */
#define PER_CALL (2 + COMPARISON + 2)
#define PROLOGUE (2 + PER_CALL * GL_ARRAY_SIZE(carriers))

struct writer {
	struct sock_filter insns[PROLOGUE];
	size_t count;
};

static void put(struct writer *w, uint16_t code, size_t jt, size_t jf, uint32_t k)
{
	w->insns[w->count++] = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
}

static void put_load(struct writer *w, size_t offset)
{
	put(w, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* The accumulator becomes zero if every word is right. */
static void put_comparison(struct writer *w, const uint32_t *offsets, const struct gl_exec_key *key)
{
	for (size_t i = 0; i < GL_EXEC_KEY_WORDS; i++) {
		put_load(w, offsets[i]);
		put(w, BPF_ALU | BPF_SUB | BPF_K, 0, 0, key->words[i]);
		if (i > 0)
			put(w, BPF_ALU | BPF_OR | BPF_X, 0, 0, 0);
		if (i + 1 < GL_EXEC_KEY_WORDS)
			put(w, BPF_MISC | BPF_TAX, 0, 0, 0);
	}
}

static void put_call(struct writer *w, const struct carrier *carrier, const struct gl_exec_key *key)
{
	put_load(w, offsetof(struct seccomp_data, nr));
	put(w, BPF_JMP | BPF_JEQ | BPF_K, 0, PER_CALL - 2, carrier->number);
	put_comparison(w, carrier->offsets, key);
	put(w, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	put(w, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static void put_prologue(struct writer *w, const struct gl_exec_key *key)
{
	put_load(w, offsetof(struct seccomp_data, arch));
	put(w, BPF_JMP | BPF_JEQ | BPF_K, 0, PROLOGUE - 2, gl_machine_calls()->abis[0].arch);
	for (size_t i = 0; i < GL_ARRAY_SIZE(carriers); i++)
		put_call(w, &carriers[i], key);
}

int gl_exec_key_add(const struct gl_exec_key *key, struct sock_filter **insns, size_t *count,
		    struct gl_err *err)
{
	struct writer w = {.count = 0};
	struct sock_filter *with;

	if (*count + PROLOGUE > BPF_MAXINSNS)
		return gl_err_set(err, E2BIG, "'exec deny' needs %zu instructions more than a filter has",
				  *count + PROLOGUE - BPF_MAXINSNS);
	with = reallocarray(*insns, *count + PROLOGUE, sizeof(*with));
	if (!with)
		return gl_err_sys(err, ENOMEM, "cannot prepare the filter");
	put_prologue(&w, key);
	memmove(with + PROLOGUE, with, *count * sizeof(*with));
	memcpy(with, w.insns, sizeof(w.insns));
	explicit_bzero(&w, sizeof(w));
	*insns = with;
	*count += PROLOGUE;
	return 0;
}

void gl_exec_key_remove(struct sock_filter *insns, size_t *count)
{
	*count -= PROLOGUE;
	memmove(insns, insns + PROLOGUE, *count * sizeof(*insns));
	explicit_bzero(insns + *count, PROLOGUE * sizeof(*insns));
}

bool gl_exec_is_denied(const struct sock_filter *insns, size_t count)
{
	const struct seccomp_data data = {.nr = SYS_execve, .arch = gl_machine_calls()->abis[0].arch};
	uint32_t action = gl_filter_answer(insns, count, &data) & SECCOMP_RET_ACTION_FULL;

	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG;
}

/* Before Linux 3.17, or where a filter denies the call. */
static ssize_t read_device(void *bytes, size_t size)
{
	gl_autoclose int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -1 : read(fd, bytes, size);
}

int gl_exec_key_make(struct gl_exec_key *ret_key, struct gl_err *err)
{
	struct gl_exec_key key;
	ssize_t n = syscall(SYS_getrandom, key.words, sizeof(key.words), GRND_NONBLOCK);

	if (n != (ssize_t)sizeof(key.words))
		n = read_device(key.words, sizeof(key.words));
	if (n != (ssize_t)sizeof(key.words))
		return gl_err_set(err, ENOSYS, "'exec deny' needs random numbers, and the kernel gives none");
	*ret_key = key;
	explicit_bzero(&key, sizeof(key));
	return 0;
}
