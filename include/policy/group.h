/*
 * Groups of system calls, and the texts of presets: policy/groups and
 * policy/presets, embedded when golaunch is built.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* A group "@name": its members are calls and other groups, as text with comments. */
struct gl_policy_group {
	const char *name;    /* without "@" */
	const char *summary; /* the first line of its comment */
	const char *text;
	const uint16_t *calls; /* resolved, groups within expanded; ascending */
	size_t call_count;
};

/* The group of that name (without "@"), or NULL. */
const struct gl_policy_group *gl_policy_group_find(const char *name, size_t len) GL_NONNULL;

/* A preset as text: what "include NAME" reads. */
struct gl_preset_text {
	const char *name;
	const char *summary;
	const char *text;
};

/* The preset of that name, or NULL; "none" is none. */
const struct gl_preset_text *gl_preset_text_find(const char *name, size_t len) GL_NONNULL;

/* What policy-tables makes. */
extern const struct gl_policy_group gl_policy_group_table[];
extern const size_t gl_policy_group_table_count;
extern const struct gl_preset_text gl_preset_texts[];
extern const size_t gl_preset_texts_count;
