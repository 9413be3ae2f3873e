/*
 * Puts a plan on the process, step by step.
 *
 * It may run in a child that shares its parent's memory, so here are raw
 * system calls only: no libc call, no allocation, no lock.  The order is that
 * of enum gl_step; what forces it:
 *	bounding drop needs CAP_SETPCAP, which the change of ids takes away;
 *	keepcaps comes before the ids, whose change clears the permitted set;
 *	the filter is last, since it may deny what the others call.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "sandbox/plan.h"

#define HIGHEST_POSSIBLE 63

static int set_limit(int resource, const struct rlimit *value, struct gl_plan_failure *failure)
{
	long r = gl_syscall4(SYS_prlimit64, 0, resource, value, NULL);

	if (r < 0)
		failure->detail = resource;
	return (int)r;
}

/*
 * RLIMIT_NPROC before the ids change: the hard limit only, since raising it
 * needs a capability that may go with them.
 */
static int set_hard_nproc(rlim_t hard, struct gl_plan_failure *failure)
{
	struct rlimit value = {0, 0};
	long r = gl_syscall4(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, &value);

	if (r < 0)
		return (int)r;
	value.rlim_cur = GL_MIN(value.rlim_cur, hard);
	value.rlim_max = hard;
	return set_limit(RLIMIT_NPROC, &value, failure);
}

static int apply_limits(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	int r = 0;

	for (size_t i = 0; i < plan->limit_count && r == 0; i++) {
		const struct gl_limit *limit = &plan->limits[i];

		if (limit->resource == RLIMIT_NPROC)
			r = set_hard_nproc(limit->value.rlim_max, failure);
		else
			r = set_limit(limit->resource, &limit->value, failure);
	}
	return r;
}

/* The kernel counts the processes of the user that a process is when it executes. */
static int apply_limit_nproc(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	int r = 0;

	for (size_t i = 0; i < plan->limit_count && r == 0; i++)
		if (plan->limits[i].resource == RLIMIT_NPROC)
			r = set_limit(RLIMIT_NPROC, &plan->limits[i].value, failure);
	return r;
}

static int apply_keep_caps(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	(void)failure;
	return plan->keep_caps ? (int)gl_syscall5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) : 0;
}

static int apply_bounding(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	if (!plan->change_caps)
		return 0;
	for (int capability = 0; capability <= HIGHEST_POSSIBLE; capability++) {
		long r;

		if (plan->caps.bounding & (UINT64_C(1) << capability))
			continue;
		r = gl_syscall5(SYS_prctl, PR_CAPBSET_READ, capability, 0, 0, 0);
		if (r < 0) /* past the kernel's last capability */
			break;
		if (r > 0)
			r = gl_syscall5(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
		if (r < 0) {
			failure->detail = capability;
			return (int)r;
		}
	}
	return 0;
}

static int apply_groups(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	(void)failure;
	if (!plan->change_ids)
		return 0;
	return (int)gl_syscall2(SYS_setgroups, plan->user.group_count, plan->user.groups);
}

static int apply_gid(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	gid_t gid = plan->user.gid;

	(void)failure;
	return plan->change_ids ? (int)gl_syscall3(SYS_setresgid, gid, gid, gid) : 0;
}

static int apply_uid(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	uid_t uid = plan->user.uid;

	(void)failure;
	return plan->change_ids ? (int)gl_syscall3(SYS_setresuid, uid, uid, uid) : 0;
}

static int apply_caps(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	const struct gl_capsets *caps = &plan->caps;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
		{(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32),
		 (uint32_t)(caps->inheritable >> 32)},
	};

	(void)failure;
	return plan->change_caps ? (int)gl_syscall2(SYS_capset, &header, data) : 0;
}

static int apply_ambient(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	long r;

	if (!plan->change_caps)
		return 0;
	r = gl_syscall5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (r == -EINVAL && plan->caps.ambient == 0) /* before Linux 4.3 there are none */
		return 0;
	for (int capability = 0; capability <= HIGHEST_POSSIBLE && r >= 0; capability++) {
		if (!(plan->caps.ambient & (UINT64_C(1) << capability)))
			continue;
		failure->detail = capability;
		r = gl_syscall5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
	}
	return r < 0 ? (int)r : 0;
}

/* In a pid namespace of its own the program sees 0 for a parent, and cannot tell whether it is gone. */
static int apply_tie(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	long r, parent;

	(void)failure;
	if (!plan->tie_to)
		return 0;
	r = gl_syscall5(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	parent = gl_syscall0(SYS_getppid);
	return r == 0 && parent != plan->tie_to && parent != 0 ? -ESRCH : (int)r;
}

static int apply_no_new_privs(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	(void)failure;
	return plan->no_new_privs ? (int)gl_syscall5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

static int apply_landlock(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	(void)failure;
	return gl_landlock_apply(&plan->landlock);
}

/* Nobody asked for it, so the program starts without it. */
static int apply_repair(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	failure->repair_errnum = -gl_repair_apply(&plan->repair);
	return 0;
}

/*
 * The variant that somebody listens to.  A signal must not take the thread out of its
 * wait (the Go runtime sends itself SIGURG all the time, and each call would be
 * notified again and again): WAIT_KILLABLE_RECV, Linux 5.19; before that without it.
 */
static long load_explained(const struct gl_plan *plan)
{
	const struct sock_fprog program = {.len = (unsigned short)plan->explain_count,
					   .filter = plan->explain};
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long r = gl_syscall3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (r != -EINVAL)
		return r;
	return gl_syscall3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* By prctl, not seccomp(2): Linux 3.10 has it too, and no flag is needed. */
static long load_plain(const struct gl_plan *plan)
{
	const struct sock_fprog program = {.len = (unsigned short)plan->filter_count, .filter = plan->filter};

	return gl_syscall5(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/*
 * What was asked for as a protection holds while somebody looks on; which is loaded first
 * changes no answer.  The observer's, since it lets prctl pass, while the other might deny
 * the seccomp(2) that a listener needs.
 */
static int load_beside_observer(const struct gl_plan *plan)
{
	return plan->observe == GL_OBSERVE_LEARN && plan->filter ? (int)load_plain(plan) : 0;
}

/*
 * There may be no listener: an old kernel (EINVAL, ENOSYS), or an outer one that is
 * there already (EBUSY; the kernel allows one).  The plain variant denies the same.
 */
static int apply_filter(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	long r;

	if (!plan->filter && !plan->explain)
		return 0;
	r = plan->explain ? load_explained(plan) : -ENOENT;
	if (r > 0) {
		/* Read by the parent, which has to answer what is denied from here on. */
		__atomic_store_n(&failure->listener, (int)r, __ATOMIC_RELEASE);
		return load_beside_observer(plan);
	}
	if (plan->observe)
		return (int)r;
	if (plan->explain)
		failure->listener_errnum = (int)-r;
	r = load_plain(plan);
	if (r < 0 && !plan->filter_asked) {
		failure->filter_errnum = (int)-r;
		return 0;
	}
	return (int)r;
}

static const struct {
	const char *name;
	int (*apply)(const struct gl_plan *plan, struct gl_plan_failure *failure);
} steps[GL_STEP_MAX] = {
	[GL_STEP_NONE] = {"nothing", NULL},
	[GL_STEP_SIGNALS] = {"signal mask", NULL},
	[GL_STEP_LIMITS] = {"resource limits", apply_limits},
	[GL_STEP_KEEP_CAPS] = {"keeping capabilities", apply_keep_caps},
	[GL_STEP_BOUNDING] = {"capability bounding set", apply_bounding},
	[GL_STEP_GROUPS] = {"supplementary groups", apply_groups},
	[GL_STEP_GID] = {"group", apply_gid},
	[GL_STEP_UID] = {"user", apply_uid},
	[GL_STEP_LIMIT_NPROC] = {"limit on processes", apply_limit_nproc},
	[GL_STEP_CAPS] = {"capabilities", apply_caps},
	[GL_STEP_AMBIENT] = {"ambient capabilities", apply_ambient},
	[GL_STEP_TIE] = {"tie to golaunch", apply_tie},
	[GL_STEP_NO_NEW_PRIVS] = {"no_new_privs", apply_no_new_privs},
	[GL_STEP_LANDLOCK] = {"Landlock restrictions", apply_landlock},
	[GL_STEP_REPAIR] = {"repair of the outer filter", apply_repair},
	[GL_STEP_FILTER] = {"seccomp filter", apply_filter},
	[GL_STEP_EXEC] = {"execve", NULL},
};

int gl_plan_apply(const struct gl_plan *plan, struct gl_plan_failure *failure)
{
	for (enum gl_step step = GL_STEP_NONE; step < GL_STEP_MAX; step++) {
		int r = steps[step].apply ? steps[step].apply(plan, failure) : 0;

		if (r < 0) {
			failure->step = step;
			failure->errnum = -r;
			return r;
		}
	}
	return 0;
}

const char *gl_step_name(enum gl_step step)
{
	return step < GL_STEP_MAX ? steps[step].name : "unknown step";
}
