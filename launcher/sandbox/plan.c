/*
 * Builds a plan: from what was asked and what the process is to what the steps
 * do.  Makes no system call besides reading /etc/passwd and /etc/group and asking for
 * random numbers, so everything but that can be tested with a process that does not
 * exist.
 */
#include "sandbox/plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/filter.h"

#define CAP_BIT(capability) (UINT64_C(1) << (capability))

/* It may hold the key of exec deny. */
static void free_filter(struct sock_filter *insns, size_t count)
{
	if (insns)
		explicit_bzero(insns, count * sizeof(*insns));
	free(insns);
}

void gl_plan_done(struct gl_plan *plan)
{
	gl_user_done(&plan->user);
	gl_landlock_done(&plan->landlock);
	gl_repair_done(&plan->repair);
	free_filter(plan->filter, plan->filter_count);
	free_filter(plan->explain, plan->explain_count);
	*plan = GL_PLAN_INIT;
}

void gl_plan_forget_listener(struct gl_plan *plan)
{
	free_filter(plan->explain, plan->explain_count);
	plan->explain = NULL;
	plan->explain_count = 0;
}

int gl_plan_add_exec_key(struct gl_plan *plan, struct gl_err *err)
{
	int r = gl_exec_key_make(&plan->exec_key, err);

	if (r == 0 && plan->filter)
		r = gl_exec_key_add(&plan->exec_key, &plan->filter, &plan->filter_count, err);
	if (r == 0 && plan->explain)
		r = gl_exec_key_add(&plan->exec_key, &plan->explain, &plan->explain_count, err);
	plan->exec_denied = r == 0;
	return r;
}

void gl_plan_forget_exec_key(struct gl_plan *plan)
{
	if (!plan->exec_denied)
		return;
	if (plan->filter)
		gl_exec_key_remove(plan->filter, &plan->filter_count);
	if (plan->explain)
		gl_exec_key_remove(plan->explain, &plan->explain_count);
	explicit_bzero(&plan->exec_key, sizeof(plan->exec_key));
	plan->exec_denied = false;
}

static void add_note(struct gl_plan_notes *notes, const char *code, const char *text)
{
	if (notes->count == GL_PLAN_MAX_NOTES)
		return;
	notes->notes[notes->count].code = code;
	snprintf(notes->notes[notes->count].text, sizeof(notes->notes[0].text), "%s", text);
	notes->count++;
}

/* A later limit on the same resource replaces the earlier one. */
static int plan_limits(const struct gl_plan_request *request, struct gl_plan *plan, struct gl_err *err)
{
	for (size_t i = 0; i < request->limit_count; i++) {
		struct gl_limit limit;
		size_t j = 0;
		int r = gl_limit_parse(request->limits[i], &limit, err);

		if (r < 0)
			return r;
		while (j < plan->limit_count && plan->limits[j].resource != limit.resource)
			j++;
		if (j == GL_PLAN_MAX_LIMITS)
			return gl_err_set(err, E2BIG, "too many limits");
		plan->limits[j] = limit;
		plan->limit_count = GL_MAX(plan->limit_count, j + 1);
	}
	return 0;
}

static bool all_equal(const uint32_t ids[3], uint32_t id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id;
}

static bool has_group(const gid_t *groups, size_t count, gid_t gid)
{
	for (size_t i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

/* Whoever is the user already needs no privilege to stay it. */
static bool is_user_already(const struct gl_process *process, const struct gl_user *user)
{
	if (!all_equal(process->uid, user->uid) || !all_equal(process->gid, user->gid))
		return false;
	for (size_t i = 0; i < user->group_count; i++)
		if (user->groups[i] != user->gid &&
		    !has_group(process->groups, process->group_count, user->groups[i]))
			return false;
	for (size_t i = 0; i < process->group_count; i++)
		if (!has_group(user->groups, user->group_count, process->groups[i]))
			return false;
	return true;
}

static int plan_ids(const struct gl_plan_request *request, const struct gl_process *process,
		    struct gl_plan *plan, struct gl_err *err)
{
	int r;

	if (!request->user)
		return 0;
	r = gl_user_resolve_here(request->user, &plan->user, err);
	if (r < 0)
		return r;
	plan->change_ids = !is_user_already(process, &plan->user);
	return 0;
}

/* Does one of these ids carry root's capabilities? */
static bool any_root(const struct gl_process *process)
{
	return process->uid[0] == 0 || process->uid[1] == 0 || process->uid[2] == 0;
}

static int plan_caps(const struct gl_plan_request *request, const struct gl_process *process,
		     struct gl_plan *plan, struct gl_err *err)
{
	bool root = plan->change_ids ? plan->user.uid == 0 : process->uid[0] == 0 || process->uid[1] == 0;
	struct gl_capsets would_be = process->caps;
	uint64_t loses;
	int r;

	if (plan->change_ids)
		would_be = gl_capsets_after_setuid(&process->caps, any_root(process), root);
	plan->caps = would_be;
	if (!request->caps)
		return 0;
	r = gl_capsets_request(request->caps, &process->caps, &would_be, root && !process->root_is_plain,
			       &plan->caps, err);
	if (r < 0)
		return r;
	plan->change_caps = true;
	plan->keep_caps = plan->change_ids && plan->caps.permitted != 0;
	loses = process->caps.bounding & ~plan->caps.bounding;
	if (loses != 0 && !(process->caps.effective & CAP_BIT(CAP_SETPCAP))) {
		/* The bounding set cannot be changed; no_new_privs closes the same way back to what is given up. */
		plan->caps.bounding = process->caps.bounding;
		plan->no_new_privs = true;
		if (request->program_gains_privileges && !process->no_new_privs)
			return GL_PLAN_PRIVILEGES_GIVEN_UP;
	}
	return 0;
}

/* Must "no-new-privs" be set for the filter, by the policy's word or the kernel's rule? */
static bool must_set_no_new_privs(const struct gl_plan_request *request, const struct gl_process *process,
				  const struct gl_plan *plan)
{
	if (process->no_new_privs || plan->no_new_privs)
		return false;
	return request->no_new_privs == GL_POLICY_YES || !(plan->caps.effective & CAP_BIT(CAP_SYS_ADMIN));
}

/* "no-new-privs off" */
static int check_off(const struct gl_plan_request *request, const struct gl_process *process,
		     const struct gl_plan *plan, struct gl_err *err)
{
	if (request->no_new_privs != GL_POLICY_NO)
		return 0;
	if (process->no_new_privs)
		return gl_err_set(err, EPERM,
				  "policy '%.200s' says no-new-privs off, but golaunch was "
				  "started with it, and it stays",
				  request->preset->name);
	if (plan->no_new_privs)
		return gl_err_set(err, EPERM,
				  "policy '%.200s' says no-new-privs off, but without CAP_SYS_ADMIN "
				  "a filter, and without CAP_SETPCAP giving up capabilities, needs it",
				  request->preset->name);
	return 0;
}

/* Why there can be no filter: 0 if there can, GL_PLAN_PRIVILEGES_LOST or -errno if not. */
static int filter_obstacle(const struct gl_plan_request *request, const struct gl_process *process,
			   bool set_no_new_privs, struct gl_err *err)
{
	if (!process->filters)
		return gl_err_set(err, ENOSYS, "policy '%s': seccomp filters are not available here",
				  request->preset->name);
	if (set_no_new_privs && request->program_gains_privileges)
		return GL_PLAN_PRIVILEGES_LOST;
	return 0;
}

static bool has_kill(const struct sock_filter *filter, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t action = filter[i].k & SECCOMP_RET_ACTION_FULL;

		if (filter[i].code == (BPF_RET | BPF_K) &&
		    (action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD ||
		     action == SECCOMP_RET_TRAP))
			return true;
	}
	return false;
}

/*
 * Where somebody listens, what is killed for comes to golaunch, which then has to kill
 * (kill(2)): a program of another user, or that may become one, only by CAP_KILL.
 */
static bool can_kill_program(const struct gl_process *process, const struct gl_plan *plan)
{
	if (process->caps.effective & CAP_BIT(CAP_KILL))
		return true;
	return !plan->change_ids && !(plan->facts.reachable_caps & CAP_BIT(CAP_SETUID));
}

static int take_variant(const struct gl_plan_request *request, enum gl_filter_variant variant,
			const struct gl_policy_facts *facts, struct sock_filter **ret, size_t *ret_count,
			struct gl_err *err)
{
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	int r = gl_filter_of_preset(request->preset, variant, facts, &filter, err);

	if (r < 0)
		return r;
	*ret_count = filter.count;
	*ret = GL_TAKE_PTR(filter.insns);
	return 0;
}

static int take_filter(const struct gl_plan_request *request, struct gl_plan *plan, struct gl_err *err)
{
	int r = take_variant(request, GL_FILTER_PLAIN, &plan->facts, &plan->filter, &plan->filter_count, err);

	if (r < 0)
		return r;
	plan->filter_kills = has_kill(plan->filter, plan->filter_count);
	if (request->explain)
		r = take_variant(request, GL_FILTER_EXPLAIN, &plan->facts, &plan->explain,
				 &plan->explain_count, err);
	return r;
}

static struct gl_policy_facts facts_of(const struct gl_process *process, const struct gl_plan *plan)
{
	bool no_new_privs = process->no_new_privs || plan->no_new_privs;

	return (struct gl_policy_facts){
		.kernel = process->kernel,
		.reachable_caps = gl_capsets_reachable(&plan->caps, no_new_privs),
	};
}

static int plan_filter(const struct gl_plan_request *request, const struct gl_process *process,
		       struct gl_plan *plan, struct gl_plan_notes *notes, struct gl_err *err)
{
	bool set = must_set_no_new_privs(request, process, plan);
	int r;

	if (!request->preset)
		return 0;
	r = filter_obstacle(request, process, set, err);
	if (r != 0 && request->policy_asked)
		return r;
	if (r != 0) {
		if (r == GL_PLAN_PRIVILEGES_LOST)
			add_note(notes, "GL5006",
				 "no policy: PROGRAM gains privileges when it starts (setuid, setgid "
				 "or file capabilities), and a filter would take them away");
		else
			add_note(notes, "GL5004", "no policy: seccomp filters are not available here");
		return 0;
	}
	plan->no_new_privs = plan->no_new_privs || set;
	r = check_off(request, process, plan, err);
	if (r < 0)
		return r;
	plan->filter_asked = request->policy_asked;
	plan->facts = facts_of(process, plan);
	r = take_filter(request, plan, err);
	if (r == 0 && plan->explain && plan->filter_kills && request->observe == GL_OBSERVE_NOTHING &&
	    !can_kill_program(process, plan)) {
		gl_plan_forget_listener(plan);
		add_note(notes, "GL5101",
			 "denied calls are not explained: without CAP_KILL golaunch could not "
			 "kill for those that the policy kills for, so the kernel does");
	}
	return r;
}

/* For a filter that nobody asked for, after those that somebody did. */
static enum gl_repair_room room_for_more(const struct gl_plan_request *request,
					 const struct gl_process *process, const struct gl_plan *plan)
{
	if (!process->filters)
		return GL_ROOM_UNAVAILABLE;
	if (process->no_new_privs || plan->no_new_privs || (plan->caps.effective & CAP_BIT(CAP_SYS_ADMIN)))
		return GL_ROOM_FREE;
	if (request->program_gains_privileges || request->no_new_privs == GL_POLICY_NO)
		return GL_ROOM_PRIVILEGES;
	return GL_ROOM_NO_NEW_PRIVS;
}

int gl_plan_repair(struct gl_plan *plan, unsigned users, struct gl_err *err)
{
	const struct gl_repair_policy policy = {.filters = {plan->filter, plan->explain},
						.counts = {plan->filter_count, plan->explain_count}};

	if (!plan->outer_filter)
		return 0;
	return gl_repair_settle(users, plan->room, &policy, &plan->repair, err);
}

/* --- looking on ------------------------------------------------------------------ */

static int take_observer(const struct gl_plan_request *request, struct gl_plan *plan, struct gl_err *err)
{
	const struct gl_filter *from = request->observer;
	const struct gl_preset preset = {
		.name = "what is observed",
		.filters[GL_FILTER_EXPLAIN] = {from->insns, from->count, from->patches, from->patch_count},
	};
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	int r = gl_filter_of_preset(&preset, GL_FILTER_EXPLAIN, &plan->facts, &filter, err);

	if (r < 0)
		return r;
	gl_plan_forget_listener(plan);
	plan->explain_count = filter.count;
	plan->explain = GL_TAKE_PTR(filter.insns);
	return 0;
}

/* A filter that only asks needs of the kernel what any filter needs. */
static int plan_observation(const struct gl_plan_request *request, const struct gl_process *process,
			    struct gl_plan *plan, struct gl_err *err)
{
	bool set = must_set_no_new_privs(request, process, plan);
	int r = 0;

	if (request->observe == GL_OBSERVE_NOTHING)
		return 0;
	if (!process->filters)
		return gl_err_set(err, ENOSYS, "nothing can be learned: no seccomp filters here");
	if (set && request->program_gains_privileges)
		return GL_PLAN_PRIVILEGES_LOST;
	plan->no_new_privs = plan->no_new_privs || set;
	plan->facts = facts_of(process, plan);
	if (request->observe == GL_OBSERVE_LEARN)
		r = take_observer(request, plan, err);
	if (r < 0)
		return r;
	if (plan->explain) /* "none" denies nothing that could be looked at */
		gl_observe_filter(plan->explain, plan->explain_count);
	plan->observe = request->observe;
	return 0;
}

/* Whichever of the filters stops execve, golaunch's own must pass both. */
static int plan_exec(struct gl_plan *plan, struct gl_err *err)
{
	bool denied = (plan->filter && gl_exec_is_denied(plan->filter, plan->filter_count)) ||
		      (plan->explain && gl_exec_is_denied(plan->explain, plan->explain_count));

	return denied ? gl_plan_add_exec_key(plan, err) : 0;
}

int gl_plan_build(const struct gl_plan_request *request, const struct gl_process *process,
		  struct gl_plan *ret_plan, struct gl_plan_notes *notes, struct gl_err *err)
{
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	int r;

	r = plan_limits(request, &plan, err);
	if (r == 0)
		r = plan_ids(request, process, &plan, err);
	if (r == 0)
		r = plan_caps(request, process, &plan, err);
	if (r == 0)
		r = plan_filter(request, process, &plan, notes, err);
	if (r == 0)
		r = plan_observation(request, process, &plan, err);
	if (r == 0)
		r = plan_exec(&plan, err);
	if (r != 0)
		return r;
	plan.outer_filter = process->filtered;
	plan.room = room_for_more(request, process, &plan);
	*ret_plan = plan;
	plan = GL_PLAN_INIT;
	return 0;
}
