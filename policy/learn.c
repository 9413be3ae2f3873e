/*
 * What matters of a call, and what need not be seen: see policy/learn.h.
 *
 * The list is short on purpose.  An argument is in it where its values open different
 * parts of the kernel (a socket's family, a request to a driver, a namespace), not
 * where they say how much or how fast.  File modes count by the kind of node alone.
 */
#include "policy/learn_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/group.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"

#define SOCKET_TYPE 0xf	    /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define NODE_KIND   0170000 /* S_IFMT */
#define ALL	    UINT32_MAX
#define OLDEST	    GL_KERNEL(3, 0)
#define NAMED_MAX   3
#define NETWORK	    "network-io"
#define THREAD	    "CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM"

static const struct {
	const char *call;
	struct {
		const char *name;
		uint32_t mask;
	} arguments[NAMED_MAX];
} list[] = {
	{"bpf", {{"cmd", ALL}}},
	{"clone", {{"flags", ALL}}},
	{"fcntl", {{"cmd", ALL}}},
	{"fcntl64", {{"cmd", ALL}}},
	{"getsockopt", {{"level", ALL}, {"optname", ALL}}},
	{"ioctl", {{"request", ALL}}},
	{"keyctl", {{"cmd", ALL}}},
	{"mknod", {{"mode", NODE_KIND}}},
	{"mknodat", {{"mode", NODE_KIND}}},
	{"modify_ldt", {{"func", ALL}}},
	{"mount", {{"flags", ALL}}},
	{"personality", {{"persona", ALL}}},
	{"prctl", {{"option", ALL}}},
	{"ptrace", {{"request", ALL}}},
	{"quotactl", {{"cmd", ALL}}},
	{"reboot", {{"cmd", ALL}}},
	{"seccomp", {{"operation", ALL}}},
	{"setns", {{"nstype", ALL}}},
	{"setsockopt", {{"level", ALL}, {"optname", ALL}}},
	{"socket", {{"domain", ALL}, {"type", SOCKET_TYPE}, {"protocol", ALL}}},
	{"socketcall", {{"call", ALL}}},
	{"socketpair", {{"domain", ALL}, {"type", SOCKET_TYPE}, {"protocol", ALL}}},
	{"syslog", {{"type", ALL}}},
	{"unshare", {{"flags", ALL}}},
};

static void add_argument(struct gl_learn_call *call, unsigned index, uint64_t mask)
{
	for (size_t i = 0; i < call->count; i++)
		if (call->arguments[i].index == index)
			return;
	if (call->count < GL_LEARN_ARGUMENTS)
		call->arguments[call->count++] = (struct gl_learn_argument){(uint8_t)index, mask};
}

static void add_listed(struct gl_learn_scheme *scheme)
{
	const struct gl_machine_calls *m = scheme->machine;

	for (size_t i = 0; i < GL_ARRAY_SIZE(list); i++) {
		uint16_t call = gl_syscall_find(m, list[i].call, strlen(list[i].call));

		for (size_t j = 0; call != GL_CALL_NONE && j < NAMED_MAX && list[i].arguments[j].name; j++) {
			const char *name = list[i].arguments[j].name;
			const struct gl_argument *a = gl_vocabulary_argument(m, call, name, strlen(name));

			if (a)
				add_argument(&scheme->calls[call], a->index, list[i].arguments[j].mask);
		}
	}
}

/* A policy that looks at an argument shall not get a line that does not. */
static void add_tested(struct gl_learn_scheme *scheme, const struct gl_policy_rule *rule)
{
	for (size_t i = 0; i < rule->test_count; i++) {
		const struct gl_policy_test *test = &rule->tests[i];

		for (size_t j = 0; j < rule->call_count; j++)
			add_argument(&scheme->calls[rule->calls[j]], test->argument,
				     test->wide ? UINT64_MAX : ALL);
	}
}

int gl_learn_scheme_init(struct gl_learn_scheme *scheme, const struct gl_machine_calls *machine,
			 const struct gl_policy *into, struct gl_err *err)
{
	*scheme = (struct gl_learn_scheme){
		.machine = machine,
		.calls = calloc(machine->call_count, sizeof(*scheme->calls)),
	};
	if (!scheme->calls)
		return gl_err_sys(err, ENOMEM, "cannot learn");
	add_listed(scheme);
	for (size_t i = 0; into && i < into->rule_count; i++)
		add_tested(scheme, &into->rules[i]);
	return 0;
}

void gl_learn_scheme_done(struct gl_learn_scheme *scheme)
{
	free(scheme->calls);
	*scheme = GL_LEARN_SCHEME_INIT;
}

void gl_learn_reduce(const struct gl_learn_scheme *scheme, uint16_t call, const uint64_t args[6],
		     uint64_t ret_values[GL_LEARN_ARGUMENTS])
{
	const struct gl_learn_call *c = &scheme->calls[call];

	memset(ret_values, 0, GL_LEARN_ARGUMENTS * sizeof(*ret_values));
	for (size_t i = 0; i < c->count; i++)
		ret_values[i] = args[c->arguments[i].index] & c->arguments[i].mask;
}

uint32_t gl_learn_known_through(const struct gl_machine_calls *machine, uint32_t kernel)
{
	return GL_MAX(GL_MIN(kernel, machine->through), OLDEST);
}

struct line {
	const char *statement, *comment;
};

/*
 * Threads as the runtime makes them (runtime/os_linux.go, cloneFlags; CLONE_SETTLS on
 * amd64) and as glibc does (nptl/pthread_create.c), names of the runtime's mappings
 * (1.25), and what os and the poller ask of a descriptor.
 */
static const struct line base[] = {
	{"allow @" GL_LEARN_BASE, "what every Go program calls"},
	{NULL, "but of these only:"},
	{"allow clone if flags in {(" THREAD "), (" THREAD " | CLONE_SETTLS), (" THREAD
	 " | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)}",
	 "threads: the runtime's, libc's"},
	{"allow fcntl fcntl64 if cmd in {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC}",
	 "flags of descriptors"},
	{"allow prctl if option == PR_SET_VMA", "names of mappings"},
};

/* net/tcpsock.go, newTCPConn; TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT */
static const struct line connections[] = {
	{"allow getsockname", "what Go's net asks of every connection, not looked at one by one:"},
	{"allow setsockopt if level == SOL_SOCKET && optname == SO_KEEPALIVE", "keep-alive"},
	{"allow setsockopt if level == SOL_TCP && optname in {1, 4, 5, 6}", "TCP_NODELAY, and when to probe"},
};

static void put_lines(const struct line *lines, size_t count, const char *limits, struct gl_buf *text)
{
	for (size_t i = 0; i < count; i++)
		gl_learn_put_line(lines[i].statement ? lines[i].statement : limits, lines[i].comment, text);
}

void gl_learn_put_base(const char *word, struct gl_buf *text)
{
	char limits[sizeof(GL_LEARN_LIMITS) + 8];

	snprintf(limits, sizeof(limits), "%s %s", word, GL_LEARN_LIMITS);
	put_lines(base, GL_ARRAY_SIZE(base), limits, text);
}

void gl_learn_put_connections(struct gl_buf *text)
{
	put_lines(connections, GL_ARRAY_SIZE(connections), "", text);
}

/*
 * A socket comes from the calls of @network-io (received ones by recvmsg), from another
 * process, or by a ring.  One that is inherited is for the caller to know.
 */
bool gl_learn_is_socket_source(const struct gl_machine_calls *m, uint16_t call)
{
	static const char *const others[] = {"io_uring_setup", "pidfd_getfd"};
	const struct gl_policy_group *group = gl_policy_group_find(NETWORK, strlen(NETWORK));

	for (size_t i = 0; i < group->call_count; i++)
		if (group->calls[i] == call)
			return true;
	for (size_t i = 0; i < GL_ARRAY_SIZE(others); i++)
		if (!strcmp(m->calls[call].name, others[i]))
			return true;
	return false;
}

void gl_learn_put_observer(uint32_t kernel, bool with_connections, struct gl_buf *text)
{
	gl_buf_printf(text, "known-through %u.%u\ndefault trap\nabis all\nexec deny\n", kernel >> 16,
		      kernel & 0xffff);
	gl_learn_put_base("trap", text);
	if (!with_connections)
		gl_learn_put_connections(text);
	gl_buf_puts(text, "deny errno ENOSYS clone3\n");
}
