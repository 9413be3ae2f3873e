/*
 * The key of golaunch's own execve: what passes with it, and that nothing passes
 * with all of it but one bit; on the kernel, that neither execve nor execveat minds it.
 */
#include "sandbox/exec_key.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/syscall.h"
#include "base/mem.h"
#include "policy/syscalls.h"
#include "sandbox/answer.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/unit.h"

#define DENIED	  (SECCOMP_RET_ERRNO | EPERM)
#define GARBAGE	  UINT64_C(0xdeadbeef12345678)
#define FD	  7
#define MAX_INSNS BPF_MAXINSNS
#define ADDED	  38 /* golaunch-policy(1) says so */

static const struct gl_exec_key key = {{0x11111111, 0x80000002, 0x03030303, 0xffffffff}};

struct keyed {
	struct sock_filter *insns;
	size_t count;
};

static void done(struct keyed *k)
{
	free(k->insns);
}
#define autokeyed GL_CLEANUP(done)

/* Denies everything by itself. */
static struct keyed make(const struct gl_exec_key *with, size_t count)
{
	struct keyed k = {calloc(count, sizeof(struct sock_filter)), count};
	struct gl_err err = GL_ERR_INIT;

	for (size_t i = 0; i < count; i++)
		k.insns[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, DENIED);
	ck_assert_int_eq(gl_exec_key_add(with, &k.insns, &k.count, &err), 0);
	return k;
}

static uint32_t ask(const struct keyed *k, const struct seccomp_data *data)
{
	uint32_t answer;

	ck_assert(gl_bpf_run(k->insns, k->count, data, &answer));
	ck_assert_uint_eq(gl_filter_answer(k->insns, k->count, data), answer);
	return answer;
}

static uint32_t native(void)
{
	return gl_machine_calls()->abis[0].arch;
}

static struct seccomp_data execve_with(const struct gl_exec_key *with)
{
	return (struct seccomp_data){.nr = SYS_execve,
				     .arch = native(),
				     .args = {GARBAGE, GARBAGE, GARBAGE, GARBAGE, GL_EXEC_KEY_FIRST(with),
					      GL_EXEC_KEY_LAST(with)}};
}

static struct seccomp_data execveat_with(const struct gl_exec_key *with)
{
	return (struct seccomp_data){.nr = SYS_execveat,
				     .arch = native(),
				     .args = {GL_EXEC_KEY_FD(with, FD), GARBAGE, GARBAGE, GARBAGE,
					      GL_EXEC_KEY_FLAGS(with, AT_EMPTY_PATH),
					      GL_EXEC_KEY_LAST(with)}};
}

START_TEST(passes_with_the_key)
{
	autokeyed struct keyed k = make(&key, 1);
	struct seccomp_data execve = execve_with(&key), execveat = execveat_with(&key);

	ck_assert_uint_eq(ask(&k, &execve), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(ask(&k, &execveat), SECCOMP_RET_ALLOW);
}
END_TEST

START_TEST(every_bit_counts)
{
	autokeyed struct keyed k = make(&key, 1);

	for (unsigned bit = 0; bit < 32 * GL_EXEC_KEY_WORDS; bit++) {
		struct gl_exec_key wrong = key;
		struct seccomp_data execve, execveat;

		wrong.words[bit / 32] ^= UINT32_C(1) << bit % 32;
		execve = execve_with(&wrong);
		execveat = execveat_with(&wrong);
		ck_assert_uint_eq(ask(&k, &execve), DENIED);
		ck_assert_uint_eq(ask(&k, &execveat), DENIED);
	}
}
END_TEST

/* Differences that cancel each other out where words are added up. */
START_TEST(all_words_count_at_once)
{
	autokeyed struct keyed k = make(&key, 1);
	struct gl_exec_key wrong = key, swapped = {{key.words[1], key.words[0], key.words[3], key.words[2]}};
	struct seccomp_data data;

	wrong.words[0]++;
	wrong.words[1]--;
	data = execve_with(&wrong);
	ck_assert_uint_eq(ask(&k, &data), DENIED);
	data = execve_with(&swapped);
	ck_assert_uint_eq(ask(&k, &data), DENIED);
}
END_TEST

START_TEST(of_no_other_call)
{
	autokeyed struct keyed k = make(&key, 1);
	struct seccomp_data data = execve_with(&key);

	for (int nr = -1; nr < 1024; nr++) {
		data.nr = nr;
		ck_assert_uint_eq(ask(&k, &data), nr == SYS_execve ? SECCOMP_RET_ALLOW : DENIED);
	}
	data.nr = SYS_execve;
	data.arch = AUDIT_ARCH_I386;
	ck_assert_uint_eq(ask(&k, &data), DENIED);
	data.nr = 11;
	ck_assert_uint_eq(ask(&k, &data), DENIED);
#ifdef __x86_64__
	data.arch = AUDIT_ARCH_X86_64;
	data.nr = 0x40000000 | 520;
	ck_assert_uint_eq(ask(&k, &data), DENIED);
#endif
}
END_TEST

START_TEST(removed_without_a_trace)
{
	autokeyed struct keyed k = make(&key, 3);
	size_t with = k.count;
	struct seccomp_data data = execve_with(&key);

	gl_exec_key_remove(k.insns, &k.count);
	ck_assert_uint_eq(with - k.count, ADDED);
	ck_assert_uint_eq(k.count, 3);
	ck_assert_uint_eq(ask(&k, &data), DENIED);
	for (size_t i = 0; i < with; i++)
		for (size_t j = 0; j < GL_EXEC_KEY_WORDS; j++)
			ck_assert_uint_ne(k.insns[i].k, key.words[j]);
}
END_TEST

START_TEST(no_room)
{
	struct sock_filter *insns = calloc(MAX_INSNS, sizeof(*insns)), *before = insns;
	struct gl_err err = GL_ERR_INIT;
	size_t count = MAX_INSNS;

	ck_assert_int_eq(gl_exec_key_add(&key, &insns, &count, &err), -E2BIG);
	ck_assert_uint_eq(count, MAX_INSNS);
	ck_assert_ptr_eq(insns, before);
	free(insns);
}
END_TEST

START_TEST(each_is_another)
{
	struct gl_exec_key a, b;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_exec_key_make(&a, &err), 0);
	ck_assert_int_eq(gl_exec_key_make(&b, &err), 0);
	for (size_t i = 0; i < GL_EXEC_KEY_WORDS; i++)
		ck_assert_uint_ne(a.words[i], b.words[i]);
}
END_TEST

START_TEST(who_denies)
{
	const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
				 log = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
				 deny = BPF_STMT(BPF_RET | BPF_K, DENIED),
				 notify = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);

	ck_assert(!gl_exec_is_denied(&allow, 1));
	ck_assert(!gl_exec_is_denied(&log, 1));
	ck_assert(gl_exec_is_denied(&deny, 1));
	ck_assert(gl_exec_is_denied(&notify, 1));
}
END_TEST

/* -- on the kernel -- */

static void deny_exec(const struct gl_exec_key *with)
{
	struct sock_filter deny[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, DENIED),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_filter *insns = malloc(sizeof(deny));
	size_t count = GL_ARRAY_SIZE(deny);
	struct gl_err err = GL_ERR_INIT;
	struct sock_fprog program;

	memcpy(insns, deny, sizeof(deny));
	if (gl_exec_key_add(with, &insns, &count, &err) < 0)
		_exit(10);
	program = (struct sock_fprog){.len = (unsigned short)count, .filter = insns};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		_exit(11);
}

/* Returns the exit status of a child that executes /bin/true, or 99: it was told EPERM. */
static int try(bool by_fd, const struct gl_exec_key *with)
{
	char *argv[] = {(char *)(uintptr_t) "true", NULL}, *env[] = {NULL};
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC), status;
	pid_t pid = fork();
	long r;

	if (pid == 0) {
		deny_exec(&key);
		r = by_fd ? gl_syscall6(SYS_execveat, GL_EXEC_KEY_FD(with, fd), "", argv, env,
					GL_EXEC_KEY_FLAGS(with, AT_EMPTY_PATH), GL_EXEC_KEY_LAST(with))
			  : gl_syscall6(SYS_execve, "/bin/true", argv, env, 0, GL_EXEC_KEY_FIRST(with),
					GL_EXEC_KEY_LAST(with));
		_exit(r == -EPERM ? 99 : 98);
	}
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(kernel_minds_nothing)
{
	struct gl_exec_key wrong = key;

	wrong.words[3]--;
	ck_assert_int_eq(try(false, &key), 0);
	ck_assert_int_eq(try(true, &key), 0);
	ck_assert_int_eq(try(false, &wrong), 99);
	ck_assert_int_eq(try(true, &wrong), 99);
}
END_TEST

static bool holds(const uint64_t *words, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] == value)
			return true;
	return false;
}

/* The registers that the program begins with, by a tracer. */
START_TEST(program_does_not_get_it)
{
	char *argv[] = {(char *)(uintptr_t) "true", NULL}, *env[] = {NULL};
	uint64_t words[64] = {0};
	struct iovec room = {words, sizeof(words)};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		deny_exec(&key);
		gl_syscall6(SYS_execve, "/bin/true", argv, env, 0, GL_EXEC_KEY_FIRST(&key),
			    GL_EXEC_KEY_LAST(&key));
		_exit(98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	ck_assert_int_eq(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &room), 0);
	ck_assert_uint_gt(room.iov_len, 8 * sizeof(words[0]));
	ck_assert(!holds(words, GL_ARRAY_SIZE(words), GL_EXEC_KEY_FIRST(&key)));
	ck_assert(!holds(words, GL_ARRAY_SIZE(words), GL_EXEC_KEY_LAST(&key)));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_key");
	TCase *all = tcase_create("all");

	tcase_add_test(all, passes_with_the_key);
	tcase_add_test(all, every_bit_counts);
	tcase_add_test(all, all_words_count_at_once);
	tcase_add_test(all, of_no_other_call);
	tcase_add_test(all, removed_without_a_trace);
	tcase_add_test(all, no_room);
	tcase_add_test(all, each_is_another);
	tcase_add_test(all, who_denies);
	tcase_add_test(all, kernel_minds_nothing);
	tcase_add_test(all, program_does_not_get_it);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
