/*
 * A compiled filter after its making: its end, and the patches that the launch
 * settles.
 */
#include <errno.h>

#include "policy/compile.h"

void gl_filter_done(struct gl_filter *filter)
{
	free(filter->insns);
	free(filter->patches);
	*filter = GL_FILTER_INIT;
}

bool gl_filter_condition_holds(const struct gl_filter_condition *condition,
			       const struct gl_policy_facts *facts)
{
	if (condition->unless_caps & facts->reachable_caps)
		return false;
	if (condition->if_kernel_below != 0 && facts->kernel >= condition->if_kernel_below)
		return false;
	return facts->kernel >= condition->if_kernel_from;
}

void gl_filter_settle(struct gl_filter *filter, const struct gl_policy_facts *facts)
{
	for (size_t i = 0; i < filter->patch_count; i++) {
		const struct gl_filter_patch *patch = &filter->patches[i];

		filter->insns[patch->instruction].k = gl_filter_condition_holds(&patch->condition, facts)
							      ? patch->if_true
							      : patch->if_false;
	}
}
