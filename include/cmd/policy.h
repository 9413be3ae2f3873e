/*
 * "golaunch policy": its own verbs, one file each (launcher/cmd/policy_*.c), and
 * how they and a run read a policy.
 */
#pragma once

#include "cmd/common.h"
#include "cmd/verbs.h"
#include "policy/decide.h"
#include "policy/source.h"

/* show, check, list, compile, convert, learn; ends with one without a name. */
extern const struct gl_verb gl_policy_verbs[];

int gl_cmd_policy(int argc, char **argv, char **env);

/* As any verb's: argv[0..argc) are the words behind "policy show", its options among them. */
int gl_cmd_policy_show(int argc, char **argv, char **env);
int gl_cmd_policy_check(int argc, char **argv, char **env);
int gl_cmd_policy_list(int argc, char **argv, char **env);
int gl_cmd_policy_compile(int argc, char **argv, char **env);
int gl_cmd_policy_convert(int argc, char **argv, char **env);
int gl_cmd_policy_learn(int argc, char **argv, char **env);
const struct gl_option_table *gl_policy_show_option_table(void);
const struct gl_option_table *gl_policy_check_option_table(void);
const struct gl_option_table *gl_policy_list_option_table(void);
const struct gl_option_table *gl_policy_compile_option_table(void);
const struct gl_option_table *gl_policy_convert_option_table(void);
const struct gl_option_table *gl_policy_learn_option_table(void);

/* --- policy_read.c ------------------------------------------------------------------------ */

/*
 * Reads what --policy names, on this machine, as the user that golaunch runs for.
 * warnings and notes: one line each.  Returns as gl_policy_source_read().
 */
int gl_policy_open(const char *name, struct gl_buf *warnings, struct gl_buf *notes,
		   struct gl_policy_source *ret_source, struct gl_err *err) GL_MUST_CHECK;
/* The same for a verb that needs it: warnings are said, and so is why it cannot be read.  Returns 0 or 125. */
/* The same for a verb's word, where "-" is standard input, called so in messages. */
#define GL_POLICY_STDIN "standard input"
int gl_policy_open_word(const char *name, struct gl_buf *warnings, struct gl_buf *notes,
			struct gl_policy_source *ret_source, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
int gl_policy_need(const struct gl_common *common, const char *name,
		   struct gl_policy_source *ret_source) GL_MUST_CHECK;

/*
 * The finding (GL5001, GL5002) of a policy that could not be read for what is
 * written in it.  NULL: it was for another reason, which is golaunch's own.
 */
struct gl_finding *gl_policy_finding(struct gl_findings *findings, const struct gl_err *err) GL_NONNULL;

/* Hands out the lines of a text, one call each. */
void gl_policy_each_line(const struct gl_buf *text, void (*say)(const char *line, void *arg), void *arg);

/* Says what gl_policy_open() had to say. */
void gl_policy_say(const struct gl_buf *warnings, const struct gl_buf *notes) GL_NONNULL;

/* A program without capabilities on this kernel. */
struct gl_policy_facts gl_policy_facts_here(void);

/* --- policy_json.c ------------------------------------------------------------------------ */

/* Where a line stands, as a JSON string; NULL: out of memory. */
json_t *gl_policy_place_json(const struct gl_policy *policy, struct gl_policy_place place);
/* {"action", "errno"}: added to object. */
void gl_policy_answer_json(json_t *object, const struct gl_policy_answer *answer);
/* A rule without its calls. */
json_t *gl_policy_rule_json(const struct gl_policy *policy, const struct gl_policy_rule *rule);
/* The whole policy: golaunch.policy/1. */
json_t *gl_policy_json(const struct gl_policy *policy, const char *name);

/* --- policy_call.c ------------------------------------------------------------------------ */

/* A call that "policy show --syscall" is asked about. */
struct gl_policy_question {
	const char *call;
	const struct gl_values *args; /* NAME=VALUE */
	const char *caps;	      /* NAME,NAME ..., or NULL */
	const char *kernel;	      /* X.Y, or NULL: this one */
};

/* Answers it, as text or JSON.  Returns 0 or -errno: -EINVAL where the question is wrong. */
int gl_policy_answer_question(const struct gl_policy *policy, const char *name,
			      const struct gl_policy_question *question, enum gl_format format,
			      struct gl_buf *text, struct gl_err *err) GL_MUST_CHECK;
