/*
 * Whose denial it was: see report/denied_by.h.
 *
 * What a policy's paths mean is Landlock's to say, by the files that were there at the
 * start; here they are compared as names, after links are followed, which can only miss a
 * path that was named by another way.
 */
#include "report/denied_by.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/show.h"
#include "policy/vocabulary.h"
#include "report/finding_rows.h"
#include "sandbox/landlock_paths.h"

/* -- words -- */

static const struct gl_denied_op ops[] = {
	{"bind", "bind", CAP_NET_BIND_SERVICE, true, GL_POLICY_BIND, true},
	{"connect", "connect", -1, true, GL_POLICY_CONNECT, true},
	{"open", "openat", -1, true, GL_POLICY_READ, true},
	{"mkdir", "mkdirat", -1, true, GL_POLICY_WRITE, true},
	{"remove", "unlinkat", -1, true, GL_POLICY_WRITE, true},
	{"unlinkat", "unlinkat", -1, true, GL_POLICY_WRITE, true},
	{"truncate", "truncate", -1, true, GL_POLICY_WRITE, true},
	{"fork/exec", "execve", -1, true, GL_POLICY_EXECUTE, true},
	{"socket", "socket", CAP_NET_RAW, true, GL_POLICY_SETTING_MAX, false},
	{"mount", "mount", CAP_SYS_ADMIN, true, GL_POLICY_SETTING_MAX, false},
	{"unmount", "umount2", CAP_SYS_ADMIN, false, GL_POLICY_SETTING_MAX, false},
	{"unshare", "unshare", CAP_SYS_ADMIN, true, GL_POLICY_SETTING_MAX, false},
	{"setns", "setns", CAP_SYS_ADMIN, true, GL_POLICY_SETTING_MAX, false},
	{"sethostname", "sethostname", CAP_SYS_ADMIN, false, GL_POLICY_SETTING_MAX, false},
	{"pivot_root", "pivot_root", CAP_SYS_ADMIN, false, GL_POLICY_SETTING_MAX, false},
	{"chroot", "chroot", CAP_SYS_CHROOT, true, GL_POLICY_SETTING_MAX, false},
	{"chown", "fchownat", CAP_CHOWN, true, GL_POLICY_SETTING_MAX, false},
	{"lchown", "lchown", CAP_CHOWN, true, GL_POLICY_SETTING_MAX, false},
	{"setuid", "setuid", CAP_SETUID, false, GL_POLICY_SETTING_MAX, false},
	{"setgid", "setgid", CAP_SETGID, false, GL_POLICY_SETTING_MAX, false},
	{"settimeofday", "settimeofday", CAP_SYS_TIME, false, GL_POLICY_SETTING_MAX, false},
	{"reboot", "reboot", CAP_SYS_BOOT, false, GL_POLICY_SETTING_MAX, false},
	{"mlock", "mlock", CAP_IPC_LOCK, false, GL_POLICY_SETTING_MAX, false},
	{"bpf", "bpf", CAP_BPF, false, GL_POLICY_SETTING_MAX, false},
	{"statx", "statx", -1, true, GL_POLICY_SETTING_MAX, false},
};

static const struct {
	const char *text;
	int errnum;
} errors[] = {
	{": permission denied", EACCES},
	{": Permission denied", EACCES},
	{": operation not permitted", EPERM},
	{": Operation not permitted", EPERM},
};

/* The operation that this word is; NULL: none. */
static const struct gl_denied_op *op_of(struct gl_slice word)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(ops); i++)
		if (gl_slice_equals(word, ops[i].word))
			return &ops[i];
	return NULL;
}

static struct gl_slice first_word(struct gl_slice s)
{
	const char *space = memchr(s.text, ' ', s.len);

	return (struct gl_slice){s.text, space ? (size_t)(space - s.text) : s.len};
}

/*
 * What follows the last ": ", behind a date: "open /etc/x" has its subject behind the
 * word, "listen tcp :80: bind" before it.
 */
static bool parse_head(struct gl_slice head, struct gl_denied_words *ret)
{
	size_t start = head.len;
	struct gl_slice rest, word;

	while (start > 0 && !(start >= 2 && head.text[start - 2] == ':' && head.text[start - 1] == ' '))
		start--;
	for (rest = gl_slice_skip(head, start); rest.len; rest = gl_slice_skip(rest, word.len + 1)) {
		word = first_word(rest);
		ret->op = op_of(word);
		if (!ret->op)
			continue;
		ret->subject = rest.len > word.len ? gl_slice_skip(rest, word.len + 1)
						   : (struct gl_slice){head.text, start >= 2 ? start - 2 : 0};
		return true;
	}
	return false;
}

static bool parse_line(struct gl_slice line, struct gl_denied_words *ret)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(errors); i++) {
		long at = gl_slice_find(line, errors[i].text);

		if (at < 0 || !parse_head((struct gl_slice){line.text, (size_t)at}, ret))
			continue;
		ret->line = line;
		ret->errnum = errors[i].errnum;
		return true;
	}
	return false;
}

bool gl_denied_words_parse(const struct gl_capture_text *text, struct gl_denied_words *ret)
{
	const char *at = text->tail, *end = text->tail + text->tail_len;
	struct gl_denied_words words = {.op = NULL};
	struct gl_slice line;
	bool found = false;

	while (gl_lines_next(&at, end, &line)) {
		if (!parse_line(line, &words))
			continue;
		*ret = words;
		found = true;
	}
	return found;
}

/* -- who -- */

struct verdict {
	const char *by; /* evidence */
	char why[400], fix[400];
};

/* The number behind the last colon of an address, or 0. */
static unsigned port_of(struct gl_slice subject)
{
	unsigned long port = 0;
	size_t at = subject.len;

	while (at > 0 && subject.text[at - 1] != ':')
		at--;
	subject = gl_slice_skip(subject, at);
	return at > 0 && gl_slice_take_number(&subject, &port) && port <= UINT16_MAX ? (unsigned)port : 0;
}

static bool is_golaunchs(const struct gl_denied_words *w, const struct gl_denied_facts *facts,
			 struct verdict *ret)
{
	for (size_t i = 0; facts->denials && i < facts->denials->count; i++) {
		const struct gl_denial *d = &facts->denials->items[i];

		if (d->count == 0 || strcmp(d->name, w->op->call) != 0 || d->errnum != w->errnum)
			continue;
		ret->by = "golaunch";
		snprintf(ret->why, sizeof(ret->why), "golaunch's policy denied %s, see its own GL5101",
			 w->op->call);
		return true;
	}
	return false;
}

static bool is_outer_filters(const struct gl_denied_words *w, const struct gl_denied_facts *facts,
			     struct verdict *ret)
{
	if (facts->outer != GL_OUTER_DENIES)
		return false;
	ret->by = "outer-filter";
	snprintf(ret->why, sizeof(ret->why),
		 "the outer seccomp filter: it answers so to %s from golaunch too, whatever its arguments",
		 w->op->call);
	snprintf(ret->fix, sizeof(ret->fix),
		 "allow %s in the seccomp profile of the engine or unit around golaunch", w->op->call);
	return true;
}

static bool is_capabilitys(const struct gl_denied_words *w, const struct gl_denied_facts *facts,
			   struct verdict *ret)
{
	char name[GL_CAPABILITY_NAME];
	unsigned port = port_of(w->subject);
	bool is_bind = w->op->capability == CAP_NET_BIND_SERVICE;

	if (w->op->capability < 0 || (facts->capabilities >> w->op->capability & 1) ||
	    !gl_vocabulary_capability_name((unsigned)w->op->capability, name))
		return false;
	if (is_bind && (port == 0 || port >= facts->free_port))
		return false;
	ret->by = "capability";
	snprintf(ret->why, sizeof(ret->why), "a capability: the program was started without CAP_%s%s", name,
		 is_bind ? ", which this port needs" : "");
	snprintf(ret->fix, sizeof(ret->fix), "--cap +%s, if golaunch has it to give%s", name,
		 is_bind ? "; or take a port that needs none, or sysctl net.ipv4.ip_unprivileged_port_start"
			 : "");
	return true;
}

/* -- Landlock -- */

static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len > 0 && directory[len - 1] == '/')
		len--;
	return strncmp(path, directory, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool is_path_named(const struct gl_denied_facts *facts, enum gl_policy_setting_kind kind,
			  const char *path)
{
	uint64_t rights = gl_landlock_of_kind(kind).files;

	for (size_t i = 0; i < facts->policy->setting_count; i++) {
		const struct gl_policy_setting *s = &facts->policy->settings[i];
		gl_autofree char *real = NULL;

		/* what may be executed may be read */
		if (!(gl_landlock_of_kind(s->kind).files & rights))
			continue;
		real = realpath(s->text, NULL);
		if (is_below(path, s->text) || (real && is_below(path, real)))
			return true;
	}
	for (size_t i = 0; i < gl_landlock_path_count; i++)
		if ((gl_landlock_paths[i].rights & rights) && is_below(path, gl_landlock_paths[i].path))
			return true;
	return is_below(path, GL_LANDLOCK_SELF);
}

static bool is_port_named(const struct gl_denied_facts *facts, enum gl_policy_setting_kind kind,
			  unsigned port)
{
	for (size_t i = 0; i < facts->policy->setting_count; i++) {
		const struct gl_policy_setting *s = &facts->policy->settings[i];
		unsigned from = 0, to = 0;

		if (s->kind != kind)
			continue;
		if (sscanf(s->text, "%5u-%5u", &from, &to) == 1)
			to = from;
		if (port >= from && port <= to)
			return true;
	}
	return false;
}

/* Where it is to stand in a policy: a path without links, or a port.  Returns false if it cannot be told. */
static bool name_subject(const struct gl_denied_words *w, char name[PATH_MAX])
{
	gl_autofree char *real = NULL;

	if (gl_landlock_of_kind(w->op->setting).ports) {
		snprintf(name, PATH_MAX, "%u", port_of(w->subject));
		return port_of(w->subject) != 0;
	}
	if (w->subject.len == 0 || w->subject.len >= PATH_MAX || w->subject.text[0] != '/')
		return false;
	snprintf(name, PATH_MAX, "%.*s", (int)w->subject.len, w->subject.text);
	real = realpath(name, NULL);
	if (real)
		snprintf(name, PATH_MAX, "%s", real);
	return true;
}

static bool is_landlocks(const struct gl_denied_words *w, const struct gl_denied_facts *facts,
			 struct verdict *ret)
{
	struct gl_landlock_rights rights;
	gl_autofree char *shown = NULL;
	char name[PATH_MAX];

	if (!w->op->restricted || !facts->policy || w->errnum != EACCES)
		return false;
	rights = gl_landlock_of_kind(w->op->setting);
	if (!(rights.files & facts->handled.files) && !(rights.ports & facts->handled.ports))
		return false;
	if (!name_subject(w, name))
		return false;
	if (rights.ports ? is_port_named(facts, w->op->setting, port_of(w->subject))
			 : is_path_named(facts, w->op->setting, name))
		return false;
	shown = gl_escape_dup(name, 200);
	ret->by = "landlock";
	snprintf(ret->why, sizeof(ret->why), "Landlock, by golaunch's policy: no \"%s\" line of it names %s",
		 gl_policy_setting_word(w->op->setting), shown ? shown : "it");
	snprintf(ret->fix, sizeof(ret->fix), "add \"%s %s\" to the policy",
		 gl_policy_setting_word(w->op->setting), shown ? shown : "");
	return true;
}

static bool is_unknown(const struct gl_denied_words *w, const struct gl_denied_facts *facts,
		       struct verdict *ret)
{
	gl_autofree char *confined = facts->confined ? gl_escape_dup(facts->confined, 100) : NULL;

	ret->by = "unknown";
	snprintf(ret->why, sizeof(ret->why), "cannot be known: %s%s%s%s%s",
		 facts->denials		 ? "not golaunch's filter, which counted no such denial"
		 : facts->filter_unheard ? "golaunch's filter may have, nobody listened to it"
					 : "golaunch had no filter on it",
		 confined ? "; perhaps the LSM, which confines it as " : "", confined ? confined : "",
		 facts->outer_filter && facts->outer != GL_OUTER_PASSES ? "; perhaps the outer filter" : "",
		 w->errnum == EACCES ? "; perhaps the mode of a file or directory" : "");
	return true;
}

/* In the order of the kernel's questions: filters, then what the call itself asks, then LSMs. */
static bool (*const candidates[])(const struct gl_denied_words *, const struct gl_denied_facts *,
				  struct verdict *) = {
	is_golaunchs, is_outer_filters, is_capabilitys, is_landlocks, is_unknown,
};

const struct gl_finding *gl_findings_add_denied(struct gl_findings *list, const struct gl_denied_words *words,
						const struct gl_denied_facts *facts)
{
	struct verdict verdict = {.by = NULL};
	gl_autofree char *subject = gl_rows_escaped(words->subject, GL_ROWS_MAX_MESSAGE);
	struct gl_finding *f;

	for (size_t i = 0; i < GL_ARRAY_SIZE(candidates); i++)
		if (candidates[i](words, facts, &verdict))
			break;
	f = gl_findings_add(list, GL_CODE_SYSCALL_DENIED, "%s was denied, says the program", words->op->word);
	gl_rows_text(f, "words", words->line);
	gl_finding_row(f, "who", "%s", verdict.why);
	gl_finding_evidence(f, "denied_by", verdict.by);
	gl_finding_evidence(f, "syscall", words->op->call);
	gl_finding_evidence(f, "errno", gl_vocabulary_errno_name(words->errnum));
	gl_finding_evidence(f, "subject", subject);
	if (*verdict.fix)
		gl_finding_fix(f, "%s", verdict.fix);
	return f;
}
