/*
 * Policies as lines of a systemd unit: see policy/systemd.h.
 *
 * The filter is not translated rule by rule: each call is decided, as the filter
 * would decide it, and those with the same answer are listed.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "policy/systemd_parts.h"
#include "policy/vocabulary.h"

#define LINE_WIDTH 90
#define SIGNAL	   17 /* SIGCHLD, as fork has it */

struct unit {
	const struct gl_policy *policy;
	struct gl_policy_facts facts;
	struct gl_buf *text, *losses;
	bool allow_list;
	bool families, namespaces, personality; /* there is a line about them */
};

static bool passes(const struct gl_policy_answer *answer)
{
	return answer->action == GL_POLICY_ALLOW || answer->action == GL_POLICY_LOG;
}

/* --- capabilities ---------------------------------------------------------------------------- */

/* What the policy says of them, added up. */
struct capabilities {
	bool said, none; /* none: only added is left */
	uint64_t added, removed;
};

static struct capabilities add_capabilities(const struct gl_policy *policy)
{
	struct capabilities c = {.said = false};

	for (size_t i = 0; i < policy->setting_count; i++) {
		const char *text = policy->settings[i].text;
		unsigned capability;

		if (policy->settings[i].kind != GL_POLICY_CAPABILITIES)
			continue;
		c.said = true;
		if (!strcmp(text, "none") || !strcmp(text, "keep"))
			c = (struct capabilities){.said = true, .none = *text == 'n'};
		else if (gl_vocabulary_capability(text + 1, strlen(text + 1), &capability)) {
			uint64_t bit = UINT64_C(1) << capability;

			c.added = *text == '+' ? c.added | bit : c.added & ~bit;
			c.removed = *text == '-' ? c.removed | bit : c.removed & ~bit;
		}
	}
	return c;
}

static void put_caps(struct gl_buf *text, const char *key, uint64_t caps)
{
	char name[GL_CAPABILITY_NAME];
	const char *before = "";

	gl_buf_puts(text, key);
	for (unsigned i = 0; i < 64; i++) {
		if (!(caps >> i & 1) || !gl_vocabulary_capability_name(i, name))
			continue;
		gl_buf_printf(text, "%sCAP_%s", before, name);
		before = " ";
	}
	gl_buf_putc(text, '\n');
}

static void put_capabilities(struct unit *u, const struct capabilities *c)
{
	if (c->said && c->none) {
		put_caps(u->text, "CapabilityBoundingSet=", c->added);
		put_caps(u->text, "AmbientCapabilities=", c->added);
	} else if (c->removed) {
		put_caps(u->text, "CapabilityBoundingSet=~", c->removed);
	}
	if (!c->none && c->added)
		put_caps(u->text, "AmbientCapabilities=", c->added);
}

/* --- calls ---------------------------------------------------------------------------------------- */

/* The ABI by which the policy's rules serve a call, the machine's own where that has it; NULL: none. */
static const struct gl_abi *served_by(const struct unit *u, uint16_t call)
{
	const struct gl_abi *abis = u->policy->machine->abis;

	for (size_t i = 0; i < GL_MACHINE_ABIS && abis[i].name; i++)
		if (!abis[i].x32 && (i == 0 || !u->policy->foreign_abis_killed) &&
		    gl_syscall_number(&abis[i], call) >= 0)
			return &abis[i];
	return NULL;
}

static struct gl_policy_decision decide(const struct unit *u, const struct gl_abi *abi, uint16_t call,
					const uint64_t args[6])
{
	return gl_policy_decide(u->policy, &u->facts, abi->arch, (uint32_t)gl_syscall_number(abi, call),
				args);
}

static bool passes_with(const struct unit *u, const char *name, uint64_t first, uint64_t second)
{
	const uint64_t args[6] = {first, second};
	uint16_t call = gl_syscall_find(u->policy->machine, name, strlen(name));
	const struct gl_abi *own = &u->policy->machine->abis[0];
	struct gl_policy_decision d;

	if (call == GL_CALL_NONE || gl_syscall_number(own, call) < 0)
		return false;
	d = decide(u, own, call, args);
	return passes(&d.answer);
}

/* Does it hold for this program, arguments aside? */
static bool may_hold(const struct unit *u, const struct gl_policy_rule *rule)
{
	struct gl_policy_rule without = *rule;
	const uint64_t args[6] = {0};

	without.test_count = 0;
	return gl_policy_rule_holds(&without, &u->facts, args);
}

/*
 * The answer to a call that is served; *ret_tests where it hangs on arguments: then
 * it is allowed if some arguments are.  execve is: systemd makes it under the filter.
 */
static struct gl_policy_answer answer_to(const struct unit *u, uint16_t call, bool *ret_tests)
{
	const uint64_t args[6] = {0};
	struct gl_policy_decision d = decide(u, served_by(u, call), call, args);

	*ret_tests = false;
	if (d.zone == GL_ZONE_EXEC)
		return (struct gl_policy_answer){GL_POLICY_ALLOW, 0};
	if (d.zone != GL_ZONE_RULE && d.zone != GL_ZONE_DEFAULT)
		return d.answer;
	for (size_t i = u->policy->rule_count; i-- > 0;) {
		const struct gl_policy_rule *rule = &u->policy->rules[i];

		if (!gl_policy_rule_names(rule, call) || !may_hold(u, rule))
			continue;
		if (rule->test_count == 0)
			return *ret_tests && passes(&d.answer) ? d.answer : rule->answer;
		*ret_tests = true;
		if (passes(&rule->answer))
			d.answer = rule->answer;
	}
	return *ret_tests && passes(&d.answer) ? d.answer : u->policy->fallback;
}

struct list {
	struct gl_buf *text;
	const char *key, *suffix;
	size_t line; /* where the current one begins; 0: none was begun */
};

static void put_name(struct list *list, const char *name)
{
	size_t room = strlen(name) + strlen(list->suffix) + 1;

	if (list->line && list->text->len - list->line + room > LINE_WIDTH) {
		gl_buf_putc(list->text, '\n');
		list->line = 0;
	}
	if (!list->line) {
		list->line = list->text->len + 1;
		gl_buf_puts(list->text, list->key);
	} else {
		gl_buf_putc(list->text, ' ');
	}
	gl_buf_printf(list->text, "%s%s", name, list->suffix);
}

static void end_list(struct list *list)
{
	if (list->line)
		gl_buf_putc(list->text, '\n');
}

/* A probe makes these in a program's name, which the kernel keeps filters from seeing; systemd has no names for them. */
static bool is_of_probes(const char *name)
{
	return !strcmp(name, "uprobe") || !strcmp(name, "uretprobe");
}

/* A unit has no trap: it kills. */
static enum gl_policy_action action_of(const struct gl_policy_answer *answer)
{
	return answer->action == GL_POLICY_TRAP ? GL_POLICY_KILL : answer->action;
}

static bool is_same(const struct gl_policy_answer *a, const struct gl_policy_answer *b)
{
	return action_of(a) == action_of(b) && a->errnum == b->errnum;
}

static bool is_passed(const struct gl_policy_answer *answer, const struct gl_policy_answer *wanted)
{
	(void)wanted;
	return passes(answer);
}

/* All calls with this answer; those too whose tests are lost. */
static void put_calls(struct unit *u, const char *key, const char *suffix,
		      bool (*fits)(const struct gl_policy_answer *answer,
				   const struct gl_policy_answer *wanted),
		      struct gl_policy_answer wanted)
{
	struct list list = {u->text, key, suffix, 0};

	for (size_t i = 0; i < u->policy->machine->call_count; i++) {
		bool tests;
		struct gl_policy_answer answer;

		if (!served_by(u, (uint16_t)i))
			continue;
		answer = answer_to(u, (uint16_t)i, &tests);
		if (fits(&answer, &wanted) && !is_of_probes(u->policy->machine->calls[i].name))
			put_name(&list, u->policy->machine->calls[i].name);
	}
	end_list(&list);
}

/*
 * Each other answer with its name behind the calls.  In a list of what is allowed
 * too, but not the one that all others get: libseccomp refuses a rule that says what
 * the default says, and the unit would not start.
 */
static void put_denials(struct unit *u, const struct gl_policy_answer *usual)
{
	const struct gl_policy_answer kill = {GL_POLICY_KILL, 0};

	for (int errnum = 1; errnum < 4096; errnum++) {
		const struct gl_policy_answer deny = {GL_POLICY_DENY, errnum};
		const char *name = gl_vocabulary_errno_name(errnum);
		char suffix[32];

		if (!name || is_same(&deny, usual))
			continue;
		snprintf(suffix, sizeof(suffix), ":%s", name);
		put_calls(u, "SystemCallFilter=~", suffix, is_same, deny);
	}
	if (!is_same(&kill, usual))
		put_calls(u, "SystemCallFilter=~", ":kill", is_same, kill);
}

static void put_deny_list(struct unit *u)
{
	const struct gl_policy_answer usual = {GL_POLICY_DENY, EPERM};

	put_calls(u, "SystemCallFilter=~", "", is_same, usual);
	put_denials(u, &usual);
	gl_buf_puts(u->text, "SystemCallErrorNumber=EPERM\n");
}

/* The first list of what is allowed brings systemd's own @default with it, which the policy may deny. */
static void put_allow_list(struct unit *u)
{
	const struct gl_policy_answer *fallback = &u->policy->fallback;

	gl_buf_puts(u->text, "SystemCallFilter=@default\nSystemCallFilter=~@default\n");
	put_calls(u, "SystemCallFilter=", "", is_passed, *fallback);
	put_denials(u, fallback);
	if (fallback->action == GL_POLICY_DENY)
		gl_buf_printf(u->text, "SystemCallErrorNumber=%s\n",
			      gl_vocabulary_errno_name(fallback->errnum));
}

static void put_log(struct unit *u)
{
	put_calls(u, "SystemCallLog=", "", is_same, (struct gl_policy_answer){GL_POLICY_LOG, 0});
}

/* x32 is left out: golaunch answers its calls ENOSYS, systemd would let them pass as those of the machine. */
static void put_architectures(struct unit *u)
{
	bool x86 = !strcmp(u->policy->machine->name, "x86_64");

	if (u->policy->foreign_abis_killed || x86)
		gl_buf_printf(u->text, "SystemCallArchitectures=native%s\n",
			      u->policy->foreign_abis_killed ? "" : " x86");
}

/* --- what a unit can say of arguments ------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t flag; /* CLONE_NEW* */
} namespaces[] = {
	{"cgroup", 0x02000000}, {"ipc", 0x08000000},  {"net", 0x40000000}, {"mnt", 0x00020000},
	{"pid", 0x20000000},	{"user", 0x10000000}, {"uts", 0x04000000},
};

static void put_namespaces(struct unit *u)
{
	struct gl_buf allowed = GL_BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(namespaces); i++) {
		if (!passes_with(u, "clone", namespaces[i].flag | SIGNAL, 0) &&
		    !passes_with(u, "unshare", namespaces[i].flag, 0))
			continue;
		gl_buf_printf(&allowed, "%s%s", count++ ? " " : "", namespaces[i].name);
	}
	if (count == 0)
		gl_buf_puts(u->text, "RestrictNamespaces=yes\n");
	else if (count < GL_ARRAY_SIZE(namespaces))
		gl_buf_printf(u->text, "RestrictNamespaces=%s\n", gl_buf_text(&allowed));
	u->namespaces = count < GL_ARRAY_SIZE(namespaces);
	gl_buf_done(&allowed);
}

static bool passes_socket(const struct unit *u, uint64_t domain)
{
	static const uint64_t types[] = {1, 2, 3, 5}; /* stream, datagram, raw, seqpacket */

	for (size_t i = 0; i < GL_ARRAY_SIZE(types); i++)
		if (passes_with(u, "socket", domain, types[i]))
			return true;
	return false;
}

static bool is_alias(const struct gl_machine_calls *m, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strncmp(gl_constant_name(&m->constants[i]), "AF_", 3) &&
		    m->constants[i].value == m->constants[at].value)
			return true;
	return false;
}

static void put_families(struct unit *u)
{
	const struct gl_machine_calls *m = u->policy->machine;
	struct gl_buf allowed = GL_BUF_INIT;
	size_t all = 0, count = 0;

	for (size_t i = 0; i < m->constant_count; i++) {
		const struct gl_constant *c = &m->constants[i];

		/* Other names of the same family stand behind its first. */
		if (strncmp(gl_constant_name(c), "AF_", 3) != 0 || c->value == 0 || is_alias(m, i))
			continue;
		all++;
		if (passes_socket(u, c->value))
			gl_buf_printf(&allowed, "%s%s", count++ ? " " : "", gl_constant_name(c));
	}
	if (count < all)
		gl_buf_printf(u->text, "RestrictAddressFamilies=%s\n",
			      count ? gl_buf_text(&allowed) : "none");
	u->families = count < all;
	gl_buf_done(&allowed);
}

static void put_personality(struct unit *u)
{
	const uint64_t no_randomize = 0x40000;

	u->personality = !passes_with(u, "personality", no_randomize, 0);
	if (u->personality)
		gl_buf_puts(u->text, "LockPersonality=yes\n");
}

/* --- what is lost --------------------------------------------------------------------------------- */

/* The line that keeps part of the tests of a call, or NULL. */
static const char *kept_by(const struct unit *u, const char *call)
{
	if (!strcmp(call, "socket"))
		return u->families ? "RestrictAddressFamilies=" : NULL;
	if (!strcmp(call, "clone") || !strcmp(call, "unshare"))
		return u->namespaces ? "RestrictNamespaces=" : NULL;
	return u->personality && !strcmp(call, "personality") ? "LockPersonality=" : NULL;
}

static void tell_tests(const struct unit *u)
{
	for (size_t i = 0; i < u->policy->machine->call_count; i++) {
		const char *name = u->policy->machine->calls[i].name, *kept = kept_by(u, name);
		struct gl_policy_answer answer;
		bool tests;

		if (!served_by(u, (uint16_t)i))
			continue;
		answer = answer_to(u, (uint16_t)i, &tests);
		if (tests && kept)
			gl_systemd_lose(u->losses, "%s: of the tests of its arguments %s keeps a part", name,
					kept);
		else if (tests)
			gl_systemd_lose(u->losses, "%s: the tests of its arguments are lost: it is %s", name,
					passes(&answer) ? "allowed" : "denied");
		if (answer.action == GL_POLICY_TRAP && u->policy->fallback.action != GL_POLICY_TRAP)
			gl_systemd_lose(u->losses, "%s: a unit has no trap: it kills", name);
		if (u->namespaces && !strcmp(name, "setns") && passes(&answer))
			gl_systemd_lose(u->losses, "setns: RestrictNamespaces= restricts it too");
	}
}

/* Calls that golaunch does not know cannot be named; golaunch answers ENOSYS to all that are later. */
static void tell_later(const struct unit *u)
{
	const struct gl_policy_answer *fallback = &u->policy->fallback, later = {GL_POLICY_DENY, ENOSYS};
	const char *errno_name =
		fallback->action == GL_POLICY_DENY ? gl_vocabulary_errno_name(fallback->errnum) : NULL;
	uint32_t through = GL_MAX(u->policy->known_through, u->policy->machine->through);

	if (is_same(fallback, &later))
		return;
	gl_systemd_lose(u->losses,
			"calls later than Linux %u.%u, or than systemd's libseccomp: %s%s, not ENOSYS",
			through >> 16, through & 0xffff,
			u->allow_list ? errno_name ? "they answer " : "they kill" : "a unit lets them pass",
			u->allow_list && errno_name ? errno_name : "");
}

static void tell_conditions(const struct unit *u)
{
	for (size_t i = 0; i < u->policy->rule_count; i++) {
		const struct gl_policy_rule *rule = &u->policy->rules[i];

		if (!rule->if_kernel_below && !rule->if_kernel_from)
			continue;
		gl_systemd_lose(
			u->losses,
			"conditions on the kernel: the lines are for Linux %u.%u, where they were written",
			u->facts.kernel >> 16, u->facts.kernel & 0xffff);
		return;
	}
}

static void tell_losses(const struct unit *u)
{
	tell_later(u);
	tell_conditions(u);
	if (u->policy->fallback.action == GL_POLICY_TRAP)
		gl_systemd_lose(u->losses, "default trap: a unit has no trap: it kills");
	if (u->families && !u->policy->foreign_abis_killed && !strcmp(u->policy->machine->name, "x86_64"))
		gl_systemd_lose(u->losses, "socket: RestrictAddressFamilies= does not bind 32-bit programs");
	tell_tests(u);
}

/* --- the whole ----------------------------------------------------------------------------------- */

static void put_filter(struct unit *u)
{
	put_architectures(u);
	if (u->allow_list)
		put_allow_list(u);
	else
		put_deny_list(u);
	put_log(u);
	put_families(u);
	put_namespaces(u);
	put_personality(u);
	tell_losses(u);
}

void gl_systemd_write(const struct gl_policy *policy, const struct gl_policy_facts *facts,
		      struct gl_buf *text, struct gl_buf *losses)
{
	struct capabilities caps = add_capabilities(policy);
	struct unit u = {policy, *facts, text, losses, .allow_list = !passes(&policy->fallback)};

	u.facts.reachable_caps = caps.added | (caps.none ? 0 : facts->reachable_caps & ~caps.removed);
	put_filter(&u);
	if (policy->no_new_privs != GL_POLICY_UNSAID)
		gl_buf_printf(text, "NoNewPrivileges=%s\n",
			      policy->no_new_privs == GL_POLICY_YES ? "yes" : "no");
	if (policy->exec == GL_POLICY_NO)
		gl_systemd_lose(losses, "exec deny: a unit cannot forbid it after its own start");
	put_capabilities(&u, &caps);
	gl_systemd_settings(policy, text, losses);
}
