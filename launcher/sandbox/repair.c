/*
 * Repairing an outer filter: see sandbox/repair.h.
 *
 * The table is what was found by trial, with each call denied by EPERM: Go 1.15 to
 * 1.27, glibc 2.31 to 2.42, musl 1.2.  Everybody takes EPERM for pidfd_open,
 * pidfd_send_signal, rseq, close_range, copy_file_range, renameat2 and membarrier well
 * enough.
 */
#include "sandbox/repair.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "policy/syscalls.h"
#include "sandbox/answer.h"

#define LOAD(field)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define OTHERS	      "" /* libraries that are linked in */

const struct gl_repair_call gl_repair_calls[] = {
	{"clone3", GL_REPAIR_GLIBC, "pthread_create of glibc 2.34 and later: no cgo program gets a thread"},
	{"getrandom", GL_REPAIR_LIBC | GL_REPAIR_GO_1_24,
	 "crypto/rand of Go 1.24 and later, and glibc's arc4random: the program is ended"},
	{"faccessat2", GL_REPAIR_LIBC, "the C library's faccessat() with flags: access is denied"},
	{"statx", GL_REPAIR_GLIBC, "glibc's statx(): no file is found"},
	{"execveat", GL_REPAIR_LIBC, "the C library's fexecve(): nothing is executed"},
	{"preadv2", GL_REPAIR_GLIBC, "glibc's preadv2(): nothing is read"},
	{"pwritev2", GL_REPAIR_GLIBC, "glibc's pwritev2(): nothing is written"},
	{"fchmodat2", GL_REPAIR_GLIBC, "fchmodat() with flags of glibc 2.39 and later: no mode is changed"},
	{"openat2", GL_REPAIR_LIBC, OTHERS},
	{"rseq", GL_REPAIR_LIBC, OTHERS},
	{"pidfd_open", GL_REPAIR_LIBC, OTHERS},
	{"close_range", GL_REPAIR_LIBC, OTHERS},
	{"epoll_pwait2", GL_REPAIR_LIBC, OTHERS},
	{"futex_waitv", GL_REPAIR_LIBC, OTHERS},
};
const size_t gl_repair_call_count = GL_ARRAY_SIZE(gl_repair_calls);

_Static_assert(GL_ARRAY_SIZE(gl_repair_calls) <= GL_REPAIR_MAX_CALLS &&
		       GL_REPAIR_MAX_CALLS <= GL_PROBE_OUTER_MAX,
	       "more calls than there is room for");

void gl_repair_done(struct gl_repair *repair)
{
	free(repair->filter);
	*repair = GL_REPAIR_INIT;
}

/* -1: this machine has no such call. */
static int number_of(const struct gl_repair_call *call)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	uint16_t at = gl_syscall_find(m, call->name, strlen(call->name));

	return at == GL_CALL_NONE ? -1 : gl_syscall_number(&m->abis[0], at);
}

/* -- settling -- */

static bool answers_enosys(const struct sock_filter *filter, size_t count, int number)
{
	const struct seccomp_data data = {
		.nr = number,
		.arch = gl_machine_calls()->abis[0].arch,
		.args = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

	return gl_filter_answer(filter, count, &data) == (SECCOMP_RET_ERRNO | ENOSYS);
}

/* Whichever of its variants is loaded. */
static bool is_by_policy(const struct gl_repair_policy *policy, int number)
{
	bool any = false;

	for (size_t i = 0; i < GL_ARRAY_SIZE(policy->filters); i++) {
		if (!policy->filters[i])
			continue;
		if (!answers_enosys(policy->filters[i], policy->counts[i], number))
			return false;
		any = true;
	}
	return any;
}

static void take_answers(const enum gl_outer_answer *answers, const struct gl_repair_policy *policy,
			 struct gl_repair *repair)
{
	for (size_t i = 0; i < gl_repair_call_count; i++) {
		const struct gl_repair_call *call = &gl_repair_calls[i];

		if (answers[i] == GL_OUTER_DENIES)
			repair->calls[repair->call_count++] =
				(struct gl_repaired){call, is_by_policy(policy, number_of(call))};
		repair->kills += answers[i] == GL_OUTER_KILLS;
	}
}

/* Is there one that the policy leaves to us; one that does harm? */
static bool is_left(const struct gl_repair *repair, bool harmful)
{
	for (size_t i = 0; i < repair->call_count; i++)
		if (!repair->calls[i].by_policy && (!harmful || *repair->calls[i].call->harm))
			return true;
	return false;
}

/* What harms nobody is not worth it. */
static void give_up(struct gl_repair *repair, const char *obstacle)
{
	bool harmful = is_left(repair, true);
	size_t kept = 0;

	for (size_t i = 0; i < repair->call_count; i++)
		if (repair->calls[i].by_policy == !harmful)
			repair->calls[kept++] = repair->calls[i];
	repair->call_count = kept;
	repair->obstacle = harmful ? obstacle : NULL;
	repair->state = harmful ? GL_REPAIR_IMPOSSIBLE : kept ? GL_REPAIR_DONE : GL_REPAIR_NOT_NEEDED;
}

/* -- the filter -- */

#define HEAD 7 /* instructions before the calls */
#define TAIL 2

static size_t put_calls(const struct gl_repair *repair, struct sock_filter *code, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < repair->call_count; i++) {
		unsigned number = (unsigned)number_of(repair->calls[i].call);

		if (repair->calls[i].by_policy)
			continue;
		/* to behind the others and the first return */
		code[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number,
						       (unsigned char)(count - n), 0);
		n++;
	}
	return n;
}

/*
 * Calls that kernels had before these are through after three instructions.  Those of
 * another ABI, which has other numbers, were not asked for.
 */
static int build(struct gl_repair *repair, struct gl_err *err)
{
	struct sock_filter *code = calloc(HEAD + repair->call_count + TAIL, sizeof(*code));
	unsigned lowest = UINT32_MAX;
	size_t count = 0, n;

	if (!code)
		return gl_err_sys(err, ENOMEM, "cannot repair the outer filter");
	for (size_t i = 0; i < repair->call_count; i++) {
		if (repair->calls[i].by_policy)
			continue;
		lowest = GL_MIN(lowest, (unsigned)number_of(repair->calls[i].call));
		count++;
	}
	code[0] = (struct sock_filter)LOAD(nr);
	code[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, lowest, 1, 0);
	code[2] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	code[3] = (struct sock_filter)LOAD(arch);
	code[4] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, gl_machine_calls()->abis[0].arch, 1,
					       0);
	code[5] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	code[6] = (struct sock_filter)LOAD(nr);
	n = HEAD + put_calls(repair, code + HEAD, count);
	code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | ENOSYS);
	repair->filter = code;
	repair->filter_count = n;
	return 0;
}

int gl_repair_settle_answers(const enum gl_outer_answer *answers, enum gl_repair_room room,
			     const struct gl_repair_policy *policy, struct gl_repair *ret, struct gl_err *err)
{
	take_answers(answers, policy, ret);
	if (!ret->call_count)
		return 0;
	ret->state = GL_REPAIR_DONE;
	if (!is_left(ret, false))
		return 0;
	if (room == GL_ROOM_UNAVAILABLE)
		give_up(ret, "the outer filter, or the kernel, allows no other filter");
	else if (room == GL_ROOM_PRIVILEGES)
		give_up(ret, "another filter needs no_new_privs, which the program is to do without");
	else if (room == GL_ROOM_NO_NEW_PRIVS && !is_left(ret, true))
		give_up(ret, NULL);
	if (!is_left(ret, false) || ret->state != GL_REPAIR_DONE)
		return 0;
	ret->no_new_privs = room == GL_ROOM_NO_NEW_PRIVS;
	return build(ret, err);
}

/* -- asking -- */

int gl_repair_settle(unsigned users, enum gl_repair_room room, const struct gl_repair_policy *policy,
		     struct gl_repair *ret, struct gl_err *err)
{
	enum gl_outer_answer heard[GL_REPAIR_MAX_CALLS], answers[GL_REPAIR_MAX_CALLS] = {GL_OUTER_UNKNOWN};
	size_t about[GL_REPAIR_MAX_CALLS], count = 0;
	int numbers[GL_REPAIR_MAX_CALLS];

	for (size_t i = 0; i < gl_repair_call_count; i++) {
		int number = number_of(&gl_repair_calls[i]);

		if (number < 0 || !(gl_repair_calls[i].users & users))
			continue;
		about[count] = i;
		numbers[count++] = number;
	}
	if (count == 0)
		return 0;
	if (gl_probe_outer(numbers, count, heard, err) < 0) {
		ret->state = GL_REPAIR_UNKNOWN;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		answers[about[i]] = heard[i];
	if (heard[count - 1] == GL_OUTER_UNKNOWN || heard[count - 1] == GL_OUTER_SILENT)
		ret->state = GL_REPAIR_UNKNOWN;
	return gl_repair_settle_answers(answers, room, policy, ret, err);
}

/* -- doing -- */

int gl_repair_apply(const struct gl_repair *repair)
{
	const struct sock_fprog program = {.len = (unsigned short)repair->filter_count,
					   .filter = repair->filter};
	long r = 0;

	if (!repair->filter)
		return 0;
	if (repair->no_new_privs)
		r = gl_syscall5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (r == 0)
		r = gl_syscall5(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
	return (int)r;
}
