/*
 * What a filter costs: to compile, to load, and at each call, beside the same
 * filter compiled by libseccomp as a list and as a tree.
 *
 *	filter		all rows
 *
 * Loads are measured one a process, since filters stack.  Calls are measured in
 * short batches, by a process for each filter, one after the other: so each has
 * the same share of what else the machine does.  All on one CPU; medians.
 *
 * A call that a rule looks at the arguments of cannot be in the kernel's table of
 * calls that are always allowed: then a filter runs, and what that costs at least
 * is seen under one of two instructions.  Calls that are refused at once are the worst
 * case; beside them stand two that do something.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/preset.h"
#include "tests/lib/docker_profile.h"

#define LOADS	 301
#define BATCHES	 401
#define CALLS	 2000
#define COMPILES 201
#define SUBJECTS 8
#define MAX_BPF	 ((size_t)1 << 20)
#define MAX_JSON ((size_t)1 << 20)

static const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};

struct subject {
	const char *name;
	struct gl_filter filter;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(EXIT_FAILURE);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/* --- filters --------------------------------------------------------------------- */

static struct gl_filter compile_text(const char *text)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_filter filter = GL_FILTER_INIT;
	struct gl_err err = GL_ERR_INIT;

	if (gl_policy_parse(gl_machine_calls(), "bench", text, NULL, NULL, &policy, &err) < 0 ||
	    gl_policy_compile(&policy, GL_FILTER_PLAIN, &facts, &filter, &err) < 0)
		fail(err.msg);
	return filter;
}

static struct gl_filter export(scmp_filter_ctx context)
{
	gl_autoclose int fd = memfd_create("bench", MFD_CLOEXEC);
	char *bytes = NULL;
	size_t len = 0;

	if (fd < 0 || seccomp_export_bpf(context, fd) < 0 ||
	    gl_file_slurp_fd(fd, MAX_BPF, &bytes, &len, NULL) < 0)
		fail("libseccomp does not compile");
	return (struct gl_filter){.insns = (struct sock_filter *)(void *)bytes,
				  .count = len / sizeof(struct sock_filter)};
}

/* Does a policy answer so to a call whose arguments are 0? */
static bool answers(const struct gl_policy *policy, const struct gl_abi *abi, uint32_t number,
		    uint32_t action)
{
	const uint64_t args[6] = {0};
	struct gl_policy_decision d = gl_policy_decide(policy, &facts, abi->arch, number, args);

	return d.answer.action == action;
}

/* The same policy by libseccomp, for the same ABIs: what is not the default is named; tests of arguments are left out. */
static struct gl_filter libseccomp(const char *text, unsigned optimize)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	const struct gl_abi *abi = &gl_machine_calls()->abis[0];
	bool allows;
	scmp_filter_ctx context;
	struct gl_filter filter;

	if (gl_policy_parse(gl_machine_calls(), "bench", text, NULL, NULL, &policy, &err) < 0)
		fail(err.msg);
	allows = policy.fallback.action == GL_POLICY_ALLOW;
	context = seccomp_init(allows ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	if (!context || seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, optimize) < 0)
		fail("libseccomp does not start");
	if (!policy.foreign_abis_killed && seccomp_arch_add(context, SCMP_ARCH_X86) < 0)
		fail("libseccomp has no 32-bit programs");
	for (size_t i = 0; i < abi->number_count; i++)
		if (answers(&policy, abi, abi->numbers[i].number, allows ? GL_POLICY_DENY : GL_POLICY_ALLOW))
			seccomp_rule_add(context, allows ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW,
					 abi->numbers[i].number, 0);
	filter = export(context);
	seccomp_release(context);
	return filter;
}

/* Everything that this machine knows but a few: some 330 names. */
static char *allow_list(void)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	const struct gl_policy_group *privileged = gl_policy_group_find("privileged", 10);
	struct gl_buf text = GL_BUF_INIT;
	size_t next = 0;

	gl_buf_puts(&text, "known-through 6.7\ndefault deny\nabis native\nallow");
	for (uint16_t i = 0; i < m->call_count; i++) {
		const struct gl_syscall *call = &m->calls[i];
		bool is_privileged;

		while (next < privileged->call_count && privileged->calls[next] < i)
			next++;
		is_privileged = next < privileged->call_count && privileged->calls[next] == i;
		if (!is_privileged && !gl_call_is_exec(m, i) && !call->always &&
		    call->since <= GL_KERNEL(6, 7) && gl_syscall_number(&m->abis[0], i) >= 0)
			gl_buf_printf(&text, " %s", call->name);
	}
	gl_buf_putc(&text, '\n');
	return gl_buf_take(&text);
}

/* --- loading ---------------------------------------------------------------------- */

static void load(const struct gl_filter *filter)
{
	struct sock_fprog program = {.len = (unsigned short)filter->count, .filter = filter->insns};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		fail("the kernel refuses the filter");
}

static double measure_load(const struct gl_filter *filter, double *shared)
{
	pid_t child = fork();

	if (child == 0) {
		double start;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		start = now();
		load(filter);
		*shared = now() - start;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return *shared;
}

static void print_loads(struct subject *subjects, size_t count, double *shared)
{
	static double times[SUBJECTS][LOADS];
	double first = 0;

	for (size_t i = 0; i < LOADS; i++)
		for (size_t j = 0; j < count; j++)
			times[j][i] = measure_load(&subjects[j].filter, shared);
	for (size_t j = 0; j < count; j++) {
		double m = median(times[j], LOADS);

		first = j == 0 ? m : first;
		printf("load %-40s %5zu instructions %8.1f us  %5.2fx\n", subjects[j].name,
		       subjects[j].filter.count, m, m / first);
	}
}

/* --- calls ------------------------------------------------------------------------ */

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

/* Refused by the kernel at once, and looked at by a rule: the cheapest call with arguments. */
static void call_personality(void)
{
	syscall(SYS_personality, 0xffffffff);
}

static void call_socket(void)
{
	syscall(SYS_socket, AF_UNIX, 0xff, 0);
}

/* A terminal's request, to no terminal. */
static void call_ioctl(void)
{
	syscall(SYS_ioctl, -1, TCGETS, 0);
}

/* Calls that do what they are made for, as programs make them. */
static void call_socket_and_close(void)
{
	close((int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
}

static void call_ioctl_of_pipe(void)
{
	static int ends[2];
	int waiting;

	if (!ends[1] && pipe2(ends, O_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	syscall(SYS_ioctl, ends[0], FIONREAD, &waiting);
}

/* A process under a filter that makes a batch of calls for each byte it is sent. */
struct worker {
	pid_t pid;
	int ask, answer;
};

static noreturn void work(const struct gl_filter *filter, void (*call)(void), int ask, int answer)
{
	double took;
	char byte;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (filter->insns)
		load(filter);
	while (read(ask, &byte, 1) == 1) {
		double start = now();

		for (int i = 0; i < CALLS; i++)
			call();
		took = (now() - start) * 1000 / CALLS;
		if (write(answer, &took, sizeof(took)) != sizeof(took))
			break;
	}
	_exit(0);
}

static struct worker new_worker(const struct gl_filter *filter, void (*call)(void))
{
	int ask[2], answer[2];
	pid_t pid;

	if (pipe2(ask, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		fail("no pipes");
	pid = fork();
	if (pid < 0)
		fail("no process");
	if (pid == 0) {
		close(ask[1]);
		work(filter, call, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	return (struct worker){pid, ask[1], answer[0]};
}

static double batch(const struct worker *w)
{
	double took;

	if (write(w->ask, "", 1) != 1 || read(w->answer, &took, sizeof(took)) != sizeof(took))
		fail("a process under a filter is gone");
	return took;
}

static void end_worker(const struct worker *w)
{
	/* Its pipe alone would not end it: processes made after it hold the other end too. */
	kill(w->pid, SIGKILL);
	close(w->ask);
	close(w->answer);
	waitpid(w->pid, NULL, 0);
}

static void print_calls(const char *name, void (*call)(void), const struct subject *subjects, size_t count)
{
	static double times[SUBJECTS][BATCHES];
	struct worker workers[SUBJECTS];
	double first = 0;

	for (size_t j = 0; j < count; j++)
		workers[j] = new_worker(&subjects[j].filter, call);
	for (size_t i = 0; i < BATCHES; i++)
		for (size_t j = 0; j < count; j++)
			times[j][i] = batch(&workers[j]);
	for (size_t j = 0; j < count; j++) {
		double m = median(times[j], BATCHES);

		end_worker(&workers[j]);
		first = j == 0 ? m : first;
		printf("call %-14s under %-40s %6.1f ns  %5.2fx\n", name, subjects[j].name, m, m / first);
	}
}

/* --- compiling --------------------------------------------------------------------- */

static void print_compiles(const char *name, const char *text)
{
	double parse[COMPILES], compile[COMPILES];
	struct gl_err err = GL_ERR_INIT;

	for (size_t i = 0; i < COMPILES; i++) {
		gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		double start = now(), middle;

		if (gl_policy_parse(gl_machine_calls(), name, text, NULL, NULL, &policy, &err) < 0)
			fail(err.msg);
		middle = now();
		if (gl_policy_compile(&policy, GL_FILTER_PLAIN, &facts, &filter, &err) < 0)
			fail(err.msg);
		parse[i] = middle - start;
		compile[i] = now() - middle;
	}
	printf("policy %-38s parse %7.1f us, compile %7.1f us\n", name, median(parse, COMPILES),
	       median(compile, COMPILES));
}

static struct gl_filter docker(bool tree)
{
	const char *path = getenv("GL_DOCKER_PROFILE");
	const struct gl_docker_case what = {"amd64", 0, GL_KERNEL(6, 1), tree};
	struct gl_docker_filter filter;
	gl_autofree char *json = NULL;
	size_t len;

	if (!path || gl_file_slurp(path, MAX_JSON, &json, &len, NULL) < 0 ||
	    !gl_docker_compile(json, &what, &filter))
		return GL_FILTER_INIT;
	return (struct gl_filter){.insns = filter.insns, .count = filter.count};
}

/* The least that looks at an argument. */
static struct gl_filter least(void)
{
	static struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return (struct gl_filter){.insns = insns, .count = GL_ARRAY_SIZE(insns)};
}

static void use_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(void)
{
	const char *preset = gl_preset_text_find("default", strlen("default"))->text;
	char *list = allow_list();
	double *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct subject docker_list = {"Docker's profile, libseccomp, list", docker(false)},
		       docker_tree = {"Docker's profile, libseccomp, tree", docker(true)},
		       ours = {"default, golaunch", compile_text(preset)};
	struct subject dockers[] = {docker_list, docker_tree, ours};
	struct subject presets[] = {{"default, libseccomp, list", libseccomp(preset, 1)},
				    {"default, libseccomp, tree", libseccomp(preset, 2)},
				    ours};
	struct subject lists[] = {{"allow-list, libseccomp, list", libseccomp(list, 1)},
				  {"allow-list, libseccomp, tree", libseccomp(list, 2)},
				  {"allow-list, golaunch", compile_text(list)}};
	struct subject calls[] = {
		{"nothing", GL_FILTER_INIT}, {"two instructions", least()}, ours, docker_tree, docker_list};
	size_t call_subjects = GL_ARRAY_SIZE(calls) - (docker_list.filter.insns ? 0 : 2);

	if (!list || shared == MAP_FAILED)
		fail("no memory");
	use_one_cpu();
	if (docker_list.filter.insns)
		print_loads(dockers, GL_ARRAY_SIZE(dockers), shared);
	print_loads(presets, GL_ARRAY_SIZE(presets), shared);
	print_loads(lists, GL_ARRAY_SIZE(lists), shared);
	print_calls("getppid", call_getppid, calls, call_subjects);
	print_calls("personality", call_personality, calls, call_subjects);
	print_calls("socket", call_socket, calls, call_subjects);
	print_calls("ioctl", call_ioctl, calls, call_subjects);
	print_calls("socket, close", call_socket_and_close, calls, call_subjects);
	print_calls("ioctl FIONREAD", call_ioctl_of_pipe, calls, call_subjects);
	print_compiles("default", preset);
	print_compiles("allow-list", list);
	return EXIT_SUCCESS;
}
