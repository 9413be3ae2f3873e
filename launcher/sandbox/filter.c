/*
 * Settles a preset: see sandbox/filter.h.  The instruction count and every jump
 * stay as they were; only the values of returns change, so a settled preset is
 * as valid as the embedded one.
 */
#include "sandbox/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#include "base/mem.h"

static bool is_marker(const struct sock_filter *insn)
{
	uint32_t data = insn->k & SECCOMP_RET_DATA;

	return insn->code == (BPF_RET | BPF_K) && (insn->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
	       data >= GL_PRESET_MARKER && data < GL_PRESET_MARKER + GL_PRESET_MAX_CONDITIONS;
}

static bool denies(const struct gl_preset_condition *condition, const struct gl_filter_facts *facts)
{
	if (condition->unless_caps & facts->reachable_caps)
		return false;
	if (condition->if_kernel_below != 0 && facts->kernel >= condition->if_kernel_below)
		return false;
	return facts->kernel >= condition->if_kernel_from;
}

int gl_filter_settle(const struct gl_preset *preset, const struct gl_filter_facts *facts,
		     struct sock_filter **ret_filter, size_t *ret_count, struct gl_err *err)
{
	gl_autofree struct sock_filter *filter = calloc(preset->filter_count, sizeof(*filter));

	if (!filter)
		return gl_err_sys(err, ENOMEM, "cannot prepare policy '%s'", preset->name);
	for (size_t i = 0; i < preset->filter_count; i++) {
		size_t index;

		filter[i] = preset->filter[i];
		if (!is_marker(&filter[i]))
			continue;
		index = (filter[i].k & SECCOMP_RET_DATA) - GL_PRESET_MARKER;
		if (index >= preset->condition_count)
			return gl_err_set(err, EINVAL, "policy '%s' has no condition %zu", preset->name,
					  index);
		filter[i].k = denies(&preset->conditions[index], facts)
				      ? preset->conditions[index].deny_return
				      : SECCOMP_RET_ALLOW;
	}
	*ret_filter = GL_TAKE_PTR(filter);
	*ret_count = preset->filter_count;
	return 0;
}
