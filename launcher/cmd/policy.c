/*
 * golaunch policy show|check|list|compile|convert|learn
 */
#include "cmd/policy.h"

const struct gl_verb gl_policy_verbs[] = {
	{"show", "NAME|FILE", "show what a policy comes to, or what happens to one call",
	 gl_policy_show_option_table, gl_cmd_policy_show, NULL},
	{"check", "NAME|FILE...", "tell what is wrong with a policy, dead or dangerous in it",
	 gl_policy_check_option_table, gl_cmd_policy_check, NULL},
	{"list", "[@GROUP|NAME...]", "list presets and groups, or what is in one",
	 gl_policy_list_option_table, gl_cmd_policy_list, NULL},
	{"compile", "NAME|FILE", "make a policy that need not be read and compiled at each launch",
	 gl_policy_compile_option_table, gl_cmd_policy_compile, NULL},
	{"convert", "NAME|FILE", "write a policy in another format", gl_policy_convert_option_table,
	 gl_cmd_policy_convert, NULL},
	{"learn", "[OPTION-OF-RUN...] [--] PROGRAM [ARG...]",
	 "run PROGRAM and write the policy that allows what it called", gl_policy_learn_option_table,
	 gl_cmd_policy_learn, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

int gl_cmd_policy(int argc, char **argv, char **env)
{
	return gl_cmd_family("policy", gl_policy_verbs, argc, argv, env);
}
