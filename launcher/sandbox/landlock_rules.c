/*
 * The rules of a Landlock ruleset, made before there is a child: paths are
 * opened with golaunch's rights, and only the finished ruleset is left to be
 * applied.
 *
 * Landlock's rules for ports hold for TCP alone, and for the calls bind and
 * connect alone; those for files only for what has a path.  What is TCP by another
 * name, and what can be executed without a path, is closed by a filter, which is a
 * policy like any other.
 */
#include "sandbox/landlock.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/arch.h"
#include "arch/syscall.h"
#include "base/fd.h"
#include "base/mem.h"
#include "policy/compile.h"
#include "sandbox/landlock_paths.h"
#include "sandbox/landlock_private.h"

/* Rights that mean something for what is no directory; the kernel refuses the others there. */
#define OF_FILES                                                                                             \
	(GL_LANDLOCK_EXECUTE | GL_LANDLOCK_WRITE_FILE | GL_LANDLOCK_READ_FILE | GL_LANDLOCK_TRUNCATE |       \
	 GL_LANDLOCK_IOCTL_DEV)

#define EXECUTE (GL_LANDLOCK_EXECUTE | GL_LANDLOCK_READ_FILE)
#define READ	(GL_LANDLOCK_READ_FILE | GL_LANDLOCK_READ_DIR)

#define ALLOW "default allow\n" /* what the lines below do not name */

/*
 * Answers that programs take for "this kernel cannot": Go asks once whether there
 * is MPTCP and does with TCP then.  socketcall is the way of 32-bit x86; its
 * arguments are in memory.
 */
static const char round_ports[] =
	"deny errno EPROTONOSUPPORT socket if domain in {AF_INET, AF_INET6} && protocol == IPPROTO_MPTCP\n"
	"deny errno EAFNOSUPPORT socket if domain == AF_SMC\n"
	"deny errno EOPNOTSUPP sendto if flags & MSG_FASTOPEN\n"
	"deny errno EOPNOTSUPP sendmsg if flags & MSG_FASTOPEN\n"
	"deny errno EOPNOTSUPP sendmmsg if flags & MSG_FASTOPEN\n"
	"deny errno ENOSYS io_uring_setup socketcall\n";

/* A file without a name is below no directory, and may be executed unless that is given up when it is made. */
static const char round_files[] = "deny errno EACCES memfd_create\n"
				  "allow memfd_create if flags & MFD_NOEXEC_SEAL\n";

static int close_ways_round(struct gl_landlock *landlock, struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	const struct gl_policy_facts facts = {.kernel = 0};
	char text[sizeof(round_ports) + sizeof(round_files) + sizeof(ALLOW)];
	int r;

	snprintf(text, sizeof(text), "%s%s%s", ALLOW, landlock->handled.ports ? round_ports : "",
		 landlock->handled.files ? round_files : "");
	r = gl_policy_parse(gl_machine_calls(), "Landlock lines", text, NULL, NULL, &policy, err);
	if (r == 0)
		r = gl_policy_compile(&policy, GL_FILTER_PLAIN, &facts, &filter, err);
	if (r < 0)
		return r;
	landlock->filter_count = filter.count;
	landlock->filter = GL_TAKE_PTR(filter.insns);
	return 0;
}

static int make_ruleset(struct gl_landlock *landlock, struct gl_err *err)
{
	const struct gl_landlock_ruleset attr = {landlock->handled.files, landlock->handled.ports};
	long fd = gl_syscall3(GL_LANDLOCK_SYS_CREATE_RULESET, &attr, sizeof(attr), 0);

	if (fd < 0)
		return gl_err_sys(err, (int)-fd, "cannot make a Landlock ruleset");
	landlock->ruleset = (int)fd;
	return gl_fd_raise(&landlock->ruleset, err);
}

/* What cannot be handled cannot be allowed either; then there is nothing to do. */
static int allow_path(struct gl_landlock *landlock, const char *path, uint64_t rights)
{
	struct gl_landlock_path_rule rule = {.rights = rights & landlock->handled.files};
	gl_autoclose int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	long r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rule.rights &= OF_FILES;
	if (rule.rights == 0)
		return 0;
	rule.fd = fd;
	r = gl_syscall4(GL_LANDLOCK_SYS_ADD_RULE, landlock->ruleset, GL_LANDLOCK_RULE_PATH, &rule, 0);
	landlock->path_count += r == 0;
	return (int)r;
}

static int allow_ports(struct gl_landlock *landlock, unsigned from, unsigned to, uint64_t rights)
{
	struct gl_landlock_port_rule rule = {.rights = rights & landlock->handled.ports};
	long r = 0;

	if (rule.rights == 0)
		return 0;
	if (to - from >= GL_LANDLOCK_MAX_PORTS - landlock->port_count)
		return -E2BIG;
	for (rule.port = from; rule.port <= to && r == 0; rule.port++) {
		r = gl_syscall4(GL_LANDLOCK_SYS_ADD_RULE, landlock->ruleset, GL_LANDLOCK_RULE_PORT, &rule, 0);
		landlock->port_count += r == 0;
	}
	return (int)r;
}

static int add_ports(const struct gl_policy *policy, const struct gl_policy_setting *setting,
		     struct gl_landlock *landlock, struct gl_err *err)
{
	unsigned from = 0, to = 0;
	int n = sscanf(setting->text, "%5u-%5u", &from, &to), r;

	r = allow_ports(landlock, from, n == 2 ? to : from, gl_landlock_of_kind(setting->kind).ports);
	if (r == -E2BIG)
		return gl_policy_complain(policy, setting->place, E2BIG, err,
					  "more than %d ports in all lines: the kernel keeps a rule for each",
					  GL_LANDLOCK_MAX_PORTS);
	if (r < 0)
		return gl_policy_complain(policy, setting->place, -r, err, "cannot allow port '%s': %s",
					  setting->text, strerror(-r));
	return 0;
}

static int add_path(const struct gl_policy *policy, const struct gl_policy_setting *setting,
		    struct gl_landlock *landlock, struct gl_err *err)
{
	int r = allow_path(landlock, setting->text, gl_landlock_of_kind(setting->kind).files);

	if (r == 0 || setting->optional)
		return 0;
	return gl_policy_complain(policy, setting->place, -r, err, "cannot open '%.200s': %s", setting->text,
				  strerror(-r));
}

static int add_lines(const struct gl_policy *policy, struct gl_landlock *landlock, struct gl_err *err)
{
	int r = 0;

	for (size_t i = 0; i < policy->setting_count && r == 0; i++) {
		const struct gl_policy_setting *setting = &policy->settings[i];
		struct gl_landlock_rights rights = gl_landlock_of_kind(setting->kind);

		if (rights.files & landlock->handled.files)
			r = add_path(policy, setting, landlock, err);
		if (r == 0 && (rights.ports & landlock->handled.ports))
			r = add_ports(policy, setting, landlock, err);
	}
	return r;
}

/* Files that need not be there; a machine has few of the table's. */
static void add_where_there(struct gl_landlock *landlock, const char *path, uint64_t rights)
{
	if (path && allow_path(landlock, path, rights) < 0)
		return;
}

static bool says_execute(const struct gl_policy *policy)
{
	for (size_t i = 0; i < policy->setting_count; i++)
		if (policy->settings[i].kind == GL_POLICY_EXECUTE)
			return true;
	return false;
}

/* What may be executed may need them, though nobody would think of naming them. */
static void add_loaders(struct gl_landlock *landlock)
{
	const struct gl_arch *native = gl_arch_native();
	const struct gl_arch *compat = gl_arch_find(native->compat_machine, ELFCLASS32);

	add_where_there(landlock, native->glibc_interpreter, EXECUTE);
	add_where_there(landlock, native->musl_interpreter, EXECUTE);
	if (compat) {
		add_where_there(landlock, compat->glibc_interpreter, EXECUTE);
		add_where_there(landlock, compat->musl_interpreter, EXECUTE);
	}
}

static int add_programs(const struct gl_landlock_request *request, struct gl_landlock *landlock,
			struct gl_err *err)
{
	for (size_t i = 0; i < request->program_count; i++) {
		int r = allow_path(landlock, request->programs[i], EXECUTE);

		if (r < 0) /* execve would fail, and say less */
			return gl_err_sys(err, -r, "cannot open '%.200s'", request->programs[i]);
	}
	return 0;
}

/* What no line has to name. */
static int add_own_needs(const struct gl_landlock_request *request, struct gl_landlock *landlock,
			 struct gl_err *err)
{
	if (!landlock->handled.files)
		return 0;
	for (size_t i = 0; i < gl_landlock_path_count; i++)
		add_where_there(landlock, gl_landlock_paths[i].path, gl_landlock_paths[i].rights);
	for (size_t i = 0; i < request->library_count; i++)
		add_where_there(landlock, request->libraries[i], READ);
	if (request->any_loader || says_execute(request->policy))
		add_loaders(landlock);
	return add_programs(request, landlock, err);
}

int gl_landlock_build(const struct gl_landlock_request *request, struct gl_landlock *ret_landlock,
		      struct gl_err *err)
{
	gl_autolandlock struct gl_landlock landlock = GL_LANDLOCK_INIT;
	int r = gl_landlock_settle(request->policy, request->version, &landlock.handled, landlock.note, err);

	landlock.version = request->version;
	if (r == 0 && (landlock.handled.files || landlock.handled.ports)) {
		r = make_ruleset(&landlock, err);
		if (r == 0)
			r = add_lines(request->policy, &landlock, err);
		if (r == 0)
			r = add_own_needs(request, &landlock, err);
		if (r == 0)
			r = close_ways_round(&landlock, err);
	}
	if (r < 0)
		return r;
	*ret_landlock = landlock;
	landlock = GL_LANDLOCK_INIT;
	return 0;
}
