/*
 * golaunch bundle create|verify|show
 */
#include "cmd/bundle.h"

const struct gl_verb gl_bundle_verbs[] = {
	{"create", "[PROGRAM...]", "make a bundle of PROGRAM with its loader and libraries",
	 gl_bundle_create_option_table, gl_cmd_bundle_create, NULL},
	{"verify", "DIR...", "tell whether the bundle at DIR is whole and suffices",
	 gl_bundle_verify_option_table, gl_cmd_bundle_verify, NULL},
	{"show", "DIR", "list what is in the bundle at DIR", gl_bundle_show_option_table, gl_cmd_bundle_show,
	 NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

int gl_cmd_bundle(int argc, char **argv, char **env)
{
	return gl_cmd_family("bundle", gl_bundle_verbs, argc, argv, env);
}
