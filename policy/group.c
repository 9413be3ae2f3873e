/*
 * Look-ups among the embedded groups and presets.
 */
#include "policy/group.h"

#include <stdbool.h>
#include <string.h>

static bool is(const char *whole, const char *name, size_t len)
{
	return strlen(whole) == len && !memcmp(whole, name, len);
}

const struct gl_policy_group *gl_policy_group_find(const char *name, size_t len)
{
	for (size_t i = 0; i < gl_policy_group_table_count; i++)
		if (is(gl_policy_group_table[i].name, name, len))
			return &gl_policy_group_table[i];
	return NULL;
}

const struct gl_preset_text *gl_preset_text_find(const char *name, size_t len)
{
	for (size_t i = 0; i < gl_preset_texts_count; i++)
		if (is(gl_preset_texts[i].name, name, len))
			return &gl_preset_texts[i];
	return NULL;
}
