/*
 * From seen calls to policies: that what was seen is allowed, nothing else, in as few
 * lines and always the same.  GL_RANDOM_SEED says which facts are made up.
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "policy/group.h"
#include "policy/kernel.h"
#include "policy/learn.h"
#include "tests/lib/unit.h"

#define KERNEL	  GL_KERNEL(6, 12)
#define FACTS_MAX 128
#define ROUNDS	  300

static const struct gl_policy_facts facts_here = {.kernel = KERNEL};

struct learning {
	struct gl_learn_scheme scheme;
	struct gl_policy into;
	struct gl_learn_fact facts[FACTS_MAX];
	struct gl_learned learned;
};

static uint16_t call_of(const char *name)
{
	uint16_t call = gl_syscall_find(gl_machine_calls(), name, strlen(name));

	ck_assert_msg(call != GL_CALL_NONE, "%s", name);
	return call;
}

static void parse(const char *text, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	if (gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, ret, &err) < 0)
		ck_abort_msg("%s\n--- of:\n%s", err.msg, text);
}

static void begin(struct learning *l, const char *into)
{
	struct gl_err err = GL_ERR_INIT;

	*l = (struct learning){.into = GL_POLICY_INIT};
	if (into)
		parse(into, &l->into);
	ck_assert_int_eq(gl_learn_scheme_init(&l->scheme, gl_machine_calls(), into ? &l->into : NULL, &err),
			 0);
	l->learned = (struct gl_learned){
		.scheme = &l->scheme, .facts = l->facts, .kernel = KERNEL, .program = "./app"};
}

static void end(struct learning *l)
{
	gl_learn_scheme_done(&l->scheme);
	gl_policy_done(&l->into);
}

static struct gl_policy_decision ask(const struct gl_policy *policy, uint16_t call, const uint64_t args[6])
{
	const struct gl_abi *abi = &gl_machine_calls()->abis[0];

	return gl_policy_decide(policy, &facts_here, abi->arch, (uint32_t)gl_syscall_number(abi, call), args);
}

/* A call by its name and (up to) three arguments. */
static struct gl_learn_fact *see(struct learning *l, const char *name, uint64_t a, uint64_t b, uint64_t c)
{
	struct gl_learn_fact *fact = &l->facts[l->learned.count++];
	const uint64_t args[6] = {a, b, c};

	ck_assert_uint_le(l->learned.count, FACTS_MAX);
	*fact = (struct gl_learn_fact){.call = call_of(name), .count = 1, .phases = GL_LEARN_MAIN};
	fact->by = "main.main main.go:1";
	gl_learn_reduce(&l->scheme, fact->call, args, fact->values);
	if (l->into.machine)
		fact->decision = ask(&l->into, fact->call, args);
	return fact;
}

static char *write_text(const struct learning *l)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	char *taken;

	ck_assert_msg(gl_learn_write(&l->learned, &text, &err) == 0, "%s", err.msg);
	taken = gl_buf_take(&text);
	ck_assert_ptr_nonnull(taken);
	return taken;
}

static void expect(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted), "no '%s' in:\n%s", wanted, text);
}

static void expect_not(const char *text, const char *unwanted)
{
	ck_assert_msg(!strstr(text, unwanted), "'%s' in:\n%s", unwanted, text);
}

/* -- lines -- */

START_TEST(nothing_seen)
{
	struct learning l;
	gl_autofree char *text = NULL;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;

	begin(&l, NULL);
	text = write_text(&l);
	parse(text, &policy);
	expect(text, "\nknown-through 6.12\ndefault deny\nexec deny ");
	ck_assert_int_eq(ask(&policy, call_of("read"), (uint64_t[6]){0}).answer.action, GL_POLICY_ALLOW);
	ck_assert_int_eq(ask(&policy, call_of("clone"), (uint64_t[6]){0x50f00}).answer.action,
			 GL_POLICY_ALLOW);
	ck_assert_int_eq(ask(&policy, call_of("clone"), (uint64_t[6]){17}).answer.action, GL_POLICY_DENY);
	ck_assert_int_eq(ask(&policy, call_of("prctl"), (uint64_t[6]){4}).answer.action, GL_POLICY_DENY);
	ck_assert_int_eq(ask(&policy, call_of("fcntl"), (uint64_t[6]){0, 1024}).answer.action,
			 GL_POLICY_DENY);
	ck_assert_int_eq(ask(&policy, call_of("socket"), (uint64_t[6]){2, 1}).answer.errnum, EPERM);
	ck_assert_int_eq(ask(&policy, call_of("clone3"), (uint64_t[6]){0}).answer.errnum, ENOSYS);
	end(&l);
}
END_TEST

START_TEST(products)
{
	struct learning l;
	gl_autofree char *text = NULL;

	begin(&l, NULL);
	l.learned.connections = true;
	see(&l, "socket", AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	see(&l, "socket", AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	see(&l, "socket", AF_INET, SOCK_STREAM, 262);
	see(&l, "socket", AF_INET6, SOCK_STREAM, 262);
	see(&l, "socket", AF_INET, SOCK_DGRAM, 17);
	see(&l, "setsockopt", 3, 1, 2);
	see(&l, "setsockopt", 9, 1, 9);
	see(&l, "setsockopt", 9, 6, 1);
	text = write_text(&l);
	expect(text, "main.main main.go:1, 4 times, main\nallow socket if domain in {AF_INET, AF_INET6} && "
		     "type & 0xf == SOCK_STREAM && protocol in \\\n    {IPPROTO_IP, IPPROTO_MPTCP}\n");
	expect(text,
	       "allow socket if domain == AF_INET && type & 0xf == SOCK_DGRAM && protocol == IPPROTO_UDP\n");
	expect(text, "allow setsockopt if level == SOL_SOCKET && optname in {SO_REUSEADDR, SO_KEEPALIVE}\n");
	expect(text, "allow setsockopt if level == SOL_TCP && optname == 1\n");
	end(&l);
}
END_TEST

START_TEST(comments)
{
	struct learning l;
	struct gl_learn_fact *fact;
	gl_autofree char *text = NULL;

	begin(&l, NULL);
	fact = see(&l, "listen", 3, 0, 0);
	fact->phases = GL_LEARN_START;
	fact = see(&l, "accept4", 3, 0, 0);
	fact->count = 1000;
	fact->more = 2;
	fact->phases = GL_LEARN_MAIN | GL_LEARN_START;
	fact = see(&l, "flock", 3, 0, 0);
	fact->by = NULL;
	fact->phases = GL_LEARN_ANY;
	see(&l, "ioctl", 0, 0x5401, 0)->by = "b";
	see(&l, "ioctl", 0, 0x5413, 0)->by = "a";
	text = write_text(&l);
	expect(text, "\nallow accept4                                   # main.main main.go:1 and 2 more, "
		     "1000 times, start and main\n");
	expect(text, "\nallow flock                                     # caller unknown, once\n");
	expect(text, "\nallow ioctl if request in {TCGETS, TIOCGWINSZ}  # a and 1 more, 2 times, main\n");
	expect(text,
	       "\nallow listen                                    # main.main main.go:1, once, start\n");
	ck_assert(strstr(text, "allow accept4") < strstr(text, "allow flock"));
	end(&l);
}
END_TEST

START_TEST(executes)
{
	struct learning l;
	gl_autofree char *text = NULL;

	begin(&l, NULL);
	see(&l, "execve", 0, 0, 0);
	see(&l, "execveat", 0, 0, 0);
	see(&l, "clone", 0x4111, 0, 0);
	text = write_text(&l);
	expect(text,
	       "\nexec allow                                      # main.main main.go:1, 2 times, main\n");
	expect(text, "allow clone if flags == (CLONE_VM | CLONE_VFORK | SIGCHLD)");
	expect_not(text, "allow execve");
	end(&l);
}
END_TEST

START_TEST(groups)
{
	struct learning l;
	const struct gl_policy_group *group = gl_policy_group_find("aio", strlen("aio"));
	gl_autofree char *text = NULL, *less = NULL;

	begin(&l, NULL);
	for (size_t i = 0; i < group->call_count; i++)
		if (gl_syscall_number(&gl_machine_calls()->abis[0], group->calls[i]) >= 0)
			see(&l, gl_machine_calls()->calls[group->calls[i]].name, 0, 0, 0);
	text = write_text(&l);
	expect(text, "# io_setup: main.main main.go:1, once, main\n");
	expect(text, "\nallow @aio\n");
	expect_not(text, "allow io_setup");
	l.learned.count--;
	less = write_text(&l);
	expect_not(less, "@aio");
	expect(less, "\nallow io_setup ");
	end(&l);
}
END_TEST

START_TEST(another_abi)
{
	struct learning l;
	gl_autofree char *text = NULL;

	begin(&l, NULL);
	see(&l, "sysinfo", 0, 0, 0);
	see(&l, "sysinfo", 0, 0, 0)->foreign = true;
	text = write_text(&l);
	expect(text, "\nabis all ");
	expect(text,
	       "\nallow sysinfo                                   # main.main main.go:1, 2 times, main\n");
	end(&l);
}
END_TEST

START_TEST(not_whole_of_a_script)
{
	struct learning l;
	gl_autofree char *text = NULL;

	begin(&l, NULL);
	l.learned.script = true;
	l.learned.lost = 7;
	text = write_text(&l);
	expect(text, "\nexec allow ");
	expect(text, "# NOT WHOLE: at least 7 more distinct calls were seen");
	end(&l);
}
END_TEST

/* More values than one line may have. */
START_TEST(many_values)
{
	struct learning l;
	gl_autofree char *text = NULL;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;

	begin(&l, NULL);
	for (uint64_t i = 0; i < 100; i++)
		see(&l, "ioctl", 0, 0x1000 + i, 0);
	text = write_text(&l);
	parse(text, &policy);
	for (uint64_t i = 0; i < 102; i++)
		ck_assert_int_eq(ask(&policy, call_of("ioctl"), (uint64_t[6]){0, 0xfff + i}).answer.action,
				 i == 0 || i == 101 ? GL_POLICY_DENY : GL_POLICY_ALLOW);
	end(&l);
}
END_TEST

/* What Go's net does with each connection is there where there is a socket, and was not looked at. */
START_TEST(of_connections)
{
	static const char *const sources[] = {"socket", "recvmsg", "pidfd_getfd", "accept4"};
	struct learning l;

	for (size_t i = 0; i < GL_ARRAY_SIZE(sources); i++) {
		gl_autofree char *none = NULL, *some = NULL, *exact = NULL;

		begin(&l, NULL);
		see(&l, "flock", 0, 0, 0);
		none = write_text(&l);
		expect_not(none, "setsockopt");
		see(&l, sources[i], AF_INET, SOCK_STREAM, 0);
		some = write_text(&l);
		expect(some, "\nallow setsockopt if level == SOL_SOCKET && optname == SO_KEEPALIVE\n");
		expect(some, "\nallow getsockname ");
		l.learned.connections = true;
		exact = write_text(&l);
		expect_not(exact, "setsockopt");
		end(&l);
	}
}
END_TEST

/* -- at random: exactly what was seen, whatever its order -- */

static const char *const names[] = {"socket", "setsockopt", "ioctl",  "prctl",	"unshare", "mknod",
				    "flock",  "sendfile",   "splice", "keyctl", "fsync",   "socketpair"};

static void see_at_random(struct learning *l, unsigned *seed)
{
	const char *name = names[(size_t)rand_r(seed) % GL_ARRAY_SIZE(names)];
	uint64_t a = (uint64_t)rand_r(seed) % 4, b = (uint64_t)rand_r(seed) % 4 << (rand_r(seed) % 14);

	see(l, name, a, b, (uint64_t)rand_r(seed) % 3);
}

static void shuffle(struct learning *l, unsigned *seed)
{
	for (size_t i = l->learned.count; i > 1; i--) {
		size_t j = (size_t)rand_r(seed) % i;
		struct gl_learn_fact other = l->facts[j];

		l->facts[j] = l->facts[i - 1];
		l->facts[i - 1] = other;
	}
}

static bool was_seen(const struct learning *l, uint16_t call, const uint64_t args[6])
{
	uint64_t values[GL_LEARN_ARGUMENTS];

	gl_learn_reduce(&l->scheme, call, args, values);
	for (size_t i = 0; i < l->learned.count; i++)
		if (l->facts[i].call == call && !memcmp(l->facts[i].values, values, sizeof(values)))
			return true;
	return false;
}

static void check_exact(const struct learning *l, const struct gl_policy *policy, unsigned *seed)
{
	for (int i = 0; i < 2000; i++) {
		uint16_t call = call_of(names[(size_t)rand_r(seed) % GL_ARRAY_SIZE(names)]);
		const uint64_t args[6] = {(uint64_t)rand_r(seed) % 5,
					  (uint64_t)rand_r(seed) % 4 << (rand_r(seed) % 14),
					  (uint64_t)rand_r(seed) % 4};

		ck_assert_int_eq(ask(policy, call, args).answer.action,
				 was_seen(l, call, args) ? GL_POLICY_ALLOW : GL_POLICY_DENY);
	}
}

START_TEST(exactly_what_was_seen)
{
	const char *given = getenv("GL_RANDOM_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 1;

	for (int round = 0; round < ROUNDS; round++) {
		struct learning l;
		gl_autofree char *text = NULL, *again = NULL;
		gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;

		begin(&l, NULL);
		l.learned.connections = true;
		while (l.learned.count < 60)
			see_at_random(&l, &seed);
		text = write_text(&l);
		shuffle(&l, &seed);
		again = write_text(&l);
		ck_assert_str_eq(text, again);
		parse(text, &policy);
		check_exact(&l, &policy, &seed);
		end(&l);
	}
}
END_TEST

/* -- merging -- */

#define INTO                                                                                                 \
	"# Ours.\n\n# the runtime\ninclude go-compute\nallow sendto if flags == 0 # plain\n"                 \
	"deny sysinfo\ndeny flock if operation == 2\nexec deny\n"

static char *merge_text(const struct learning *l, size_t *ret_added)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_learn_merge(&l->learned, &l->into, &text, ret_added, &err) == 0, "%s", err.msg);
	return gl_buf_take(&text);
}

START_TEST(merged)
{
	struct learning l;
	gl_autofree char *text = NULL;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	size_t added = 0;

	begin(&l, INTO);
	ck_assert_int_eq(gl_learn_conflict_of(see(&l, "keyctl", 11, 0, 0)), GL_LEARN_ADDED);
	ck_assert_int_eq(gl_learn_conflict_of(see(&l, "sysinfo", 0, 0, 0)), GL_LEARN_DENIED);
	ck_assert_int_eq(gl_learn_conflict_of(see(&l, "execve", 0, 0, 0)), GL_LEARN_EXEC);
	text = merge_text(&l, &added);
	ck_assert_uint_eq(added, 1);
	ck_assert_msg(
		!strncmp(text, "# Ours.\n\n# Learned from ./app on Linux 6.12\nallow keyctl if cmd == ", 67),
		"%s", text);
	expect(text, INTO + strlen("# Ours.\n\n"));
	parse(text, &policy);
	ck_assert_int_eq(ask(&policy, call_of("keyctl"), (uint64_t[6]){11}).answer.action, GL_POLICY_ALLOW);
	ck_assert_int_eq(ask(&policy, call_of("sysinfo"), (uint64_t[6]){0}).answer.action, GL_POLICY_DENY);
	end(&l);
}
END_TEST

/* An argument that the policy looks at is looked at in the new line too; its denials stay. */
START_TEST(merged_narrowly)
{
	struct learning l;
	gl_autofree char *text = NULL;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	size_t added = 0;
	struct gl_learn_fact *fact;

	begin(&l, "default deny\nallow @go-runtime\nallow sendto if flags == 0\ndeny shutdown if how == 2\n");
	fact = see(&l, "sendto", 0, 0, 0);
	gl_learn_reduce(&l.scheme, fact->call, (uint64_t[6]){3, 0, 0, 0x4000}, fact->values);
	fact->decision = ask(&l.into, fact->call, (uint64_t[6]){3, 0, 0, 0x4000});
	see(&l, "shutdown", 3, 1, 0);
	text = merge_text(&l, &added);
	ck_assert_uint_eq(added, 2);
	expect(text, "allow sendto if flags == MSG_NOSIGNAL");
	expect(text, "allow shutdown if how == SHUT_WR ");
	parse(text, &policy);
	ck_assert_int_eq(ask(&policy, call_of("sendto"), (uint64_t[6]){0, 0, 0, 1}).answer.action,
			 GL_POLICY_DENY);
	ck_assert_int_eq(ask(&policy, call_of("shutdown"), (uint64_t[6]){3, 1}).answer.action,
			 GL_POLICY_ALLOW);
	ck_assert_int_eq(ask(&policy, call_of("shutdown"), (uint64_t[6]){3, 2}).answer.action,
			 GL_POLICY_DENY);
	end(&l);
}
END_TEST

START_TEST(nothing_to_merge)
{
	struct learning l;
	gl_autofree char *text = NULL;
	size_t added = 1;

	begin(&l, INTO);
	see(&l, "sysinfo", 0, 0, 0);
	text = merge_text(&l, &added);
	ck_assert_uint_eq(added, 0);
	ck_assert_str_eq(text, INTO);
	end(&l);
}
END_TEST

/* -- what is observed -- */

START_TEST(observer)
{
	static const struct {
		const char *call;
		uint64_t args[6];
		enum gl_policy_action action;
	} rows[] = {
		{"read", {0}, GL_POLICY_ALLOW},
		{"futex", {0}, GL_POLICY_ALLOW},
		{"clone", {0xd0f00}, GL_POLICY_ALLOW},
		{"clone", {17}, GL_POLICY_TRAP},
		{"clone3", {0}, GL_POLICY_DENY},
		{"prctl", {4}, GL_POLICY_TRAP},
		{"fcntl", {0, 3}, GL_POLICY_ALLOW},
		{"fcntl", {0, 6}, GL_POLICY_TRAP},
		{"socket", {2, 1}, GL_POLICY_TRAP},
		{"membarrier", {0}, GL_POLICY_TRAP},
		{"execve", {0}, GL_POLICY_DENY},
		{"getsockname", {0}, GL_POLICY_ALLOW},
		{"setsockopt", {3, 6, 1}, GL_POLICY_ALLOW},
		{"setsockopt", {3, 1, 9}, GL_POLICY_ALLOW},
		{"setsockopt", {3, 1, 2}, GL_POLICY_TRAP},
		{"accept4", {3}, GL_POLICY_TRAP},
	};
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;

	gl_learn_put_observer(KERNEL, false, &text);
	parse(gl_buf_text(&text), &policy);
	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++)
		ck_assert_msg(ask(&policy, call_of(rows[i].call), rows[i].args).answer.action ==
				      rows[i].action,
			      "%s", rows[i].call);
}
END_TEST

/* Every name in the list of arguments that matter is one that a policy can use. */
START_TEST(names_are_known)
{
	static const struct {
		const char *call;
		unsigned count;
	} rows[] = {{"socket", 3},  {"socketpair", 3}, {"ioctl", 1},  {"prctl", 1},	 {"clone", 1},
		    {"unshare", 1}, {"setns", 1},      {"fcntl", 1},  {"setsockopt", 2}, {"personality", 1},
		    {"mknod", 1},   {"bpf", 1},	       {"ptrace", 1}, {"getsockopt", 2}, {"keyctl", 1},
		    {"mount", 1},   {"seccomp", 1},    {"read", 0}};
	struct learning l;

	begin(&l, NULL);
	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++)
		ck_assert_msg(l.scheme.calls[call_of(rows[i].call)].count == rows[i].count, "%s",
			      rows[i].call);
	end(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("learn");
	TCase *lines = tcase_create("lines"), *merging = tcase_create("merging");

	tcase_add_test(lines, nothing_seen);
	tcase_add_test(lines, products);
	tcase_add_test(lines, comments);
	tcase_add_test(lines, executes);
	tcase_add_test(lines, groups);
	tcase_add_test(lines, another_abi);
	tcase_add_test(lines, not_whole_of_a_script);
	tcase_add_test(lines, of_connections);
	tcase_add_test(lines, many_values);
	tcase_add_test(lines, exactly_what_was_seen);
	tcase_add_test(lines, observer);
	tcase_add_test(lines, names_are_known);
	tcase_set_timeout(lines, 60);
	tcase_add_test(merging, merged);
	tcase_add_test(merging, merged_narrowly);
	tcase_add_test(merging, nothing_to_merge);
	suite_add_tcase(suite, lines);
	suite_add_tcase(suite, merging);
	return gl_unit_main(suite);
}
