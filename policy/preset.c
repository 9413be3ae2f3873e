/*
 * The embedded presets, by name.  The table itself is made by policy-embed.
 */
#include "policy/preset.h"

#include <string.h>

const struct gl_preset *gl_preset_find(const char *name)
{
	for (size_t i = 0; i < gl_preset_table_count; i++)
		if (!strcmp(gl_preset_table[i].name, name))
			return &gl_preset_table[i];
	return NULL;
}
