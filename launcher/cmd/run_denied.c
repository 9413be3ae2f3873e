/*
 * Whose denial a program complained of before it failed (report/denied_by.h): what this
 * run knows of who may have denied it.  The report has it; -v says it.
 */
#include <errno.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "policy/syscalls.h"
#include "report/denied_by.h"

#define MAX_BYTES	   4096
#define FREE_PORT	   "/proc/sys/net/ipv4/ip_unprivileged_port_start" /* Linux 4.11 */
#define FREE_PORT_FALLBACK 1024
#define CONFINED	   "/proc/self/attr/current" /* AppArmor, SELinux, Smack */

/* The first line of a small file; NULL: there is none. */
static char *read_line(const char *path)
{
	struct gl_err err = GL_ERR_INIT;
	char *text = NULL;
	size_t len = 0;

	if (gl_file_slurp(path, MAX_BYTES, &text, &len, &err) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static unsigned free_port(void)
{
	gl_autofree char *text = read_line(FREE_PORT);

	return text && *text ? (unsigned)strtoul(text, NULL, 10) : FREE_PORT_FALLBACK;
}

/* The program has golaunch's label, unless an LSM changed it at execve. */
static char *confinement(void)
{
	char *label = read_line(CONFINED);

	if (!label || (*label && !strstr(label, "unconfined") && strcmp(label, "kernel") != 0))
		return label;
	free(label);
	return NULL;
}

/* All of them where it is not known: then none is said to be missing. */
static uint64_t capabilities(const struct gl_run *run)
{
	const struct gl_plan *plan = &run->plan;
	uid_t uid = plan->change_ids ? plan->user.uid : geteuid();

	if (run->gains_privileges || (!plan->change_caps && plan->caps.bounding == 0))
		return UINT64_MAX;
	return uid == 0 ? gl_capsets_reachable(&plan->caps, plan->no_new_privs) : plan->caps.ambient;
}

static enum gl_outer_answer ask_outer(const struct gl_run *run, const struct gl_denied_op *op)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	uint16_t call = gl_syscall_find(m, op->call, strlen(op->call));
	int number = call == GL_CALL_NONE ? -1 : gl_syscall_number(&m->abis[0], call);
	enum gl_outer_answer answer = GL_OUTER_UNKNOWN;
	struct gl_err err = GL_ERR_INIT;

	if (!run->plan.outer_filter || !op->askable || number < 0 ||
	    gl_probe_outer(&number, 1, &answer, &err) < 0)
		return GL_OUTER_UNKNOWN;
	return answer;
}

void gl_run_explain_denied(struct gl_run *run, const struct gl_capture_text *text)
{
	gl_autofree char *confined = NULL;
	struct gl_denied_words words;
	struct gl_denied_facts facts;
	const struct gl_finding *f;

	if (!text || (!run->death.by_signal && run->death.status == 0) ||
	    !gl_denied_words_parse(text, &words))
		return;
	confined = confinement();
	facts = (struct gl_denied_facts){
		.denials = run->listener ? gl_listener_denials(run->listener) : NULL,
		.filter_unheard = run->plan.filter && !run->listener,
		.outer = ask_outer(run, words.op),
		.outer_filter = run->plan.outer_filter,
		.capabilities = capabilities(run),
		.free_port = free_port(),
		.policy = run->preset == &run->own_preset ? &run->policy.policy : NULL,
		.handled = run->plan.landlock.handled,
		.confined = confined,
	};
	f = gl_findings_add_denied(&run->findings, &words, &facts);
	if (f && gl_log_enabled(GL_LOG_NOTE))
		gl_run_say(run, f, -1);
}
