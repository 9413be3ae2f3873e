/*
 * "golaunch bundle": its own verbs, one file each (launcher/cmd/bundle_*.c).
 */
#pragma once

#include "cmd/verbs.h"

/* create, verify, show; ends with one without a name. */
extern const struct gl_verb gl_bundle_verbs[];

int gl_cmd_bundle(int argc, char **argv, char **env);

/* As any verb's: argv[0..argc) are the words behind "bundle create", its options among them. */
int gl_cmd_bundle_create(int argc, char **argv, char **env);
int gl_cmd_bundle_verify(int argc, char **argv, char **env);
int gl_cmd_bundle_show(int argc, char **argv, char **env);
const struct gl_option_table *gl_bundle_create_option_table(void);
const struct gl_option_table *gl_bundle_verify_option_table(void);
const struct gl_option_table *gl_bundle_show_option_table(void);
