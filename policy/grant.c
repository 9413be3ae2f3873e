/*
 * What calls grant: see policy/grant.h.
 */
#include "policy/grant.h"

#include <string.h>

#include "policy/group.h"

static bool has_member(const struct gl_policy_group *group, uint16_t call)
{
	for (size_t i = 0; group && i < group->call_count; i++)
		if (group->calls[i] == call)
			return true;
	return false;
}

const char *gl_grant_of(const struct gl_machine_calls *m, uint16_t call)
{
	const char *name = m->calls[call].name;

	for (size_t i = 0; i < gl_grant_table_count; i++)
		if (!strcmp(gl_grant_table[i].name, name))
			return gl_grant_table[i].text;
	for (size_t i = 0; i < gl_grant_table_count; i++) {
		const struct gl_grant *grant = &gl_grant_table[i];

		if (grant->name[0] == '@' &&
		    has_member(gl_policy_group_find(grant->name + 1, strlen(grant->name + 1)), call))
			return grant->text;
	}
	return NULL;
}
