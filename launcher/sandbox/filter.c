/*
 * Presets at the launch: see sandbox/filter.h.  The program stays as it was
 * compiled when golaunch was built, but for the instructions that are marked as
 * conditional, so nothing is compiled and nothing has to be checked here.
 */
#include "sandbox/filter.h"

#include <errno.h>

static void *copy(const void *items, size_t count, size_t size)
{
	void *copied = calloc(GL_MAX(count, (size_t)1), size);

	return copied && count > 0 ? memcpy(copied, items, count * size) : copied;
}

int gl_filter_of_preset(const struct gl_preset *preset, enum gl_filter_variant variant,
			const struct gl_policy_facts *facts, struct gl_filter *ret_filter, struct gl_err *err)
{
	const struct gl_preset_filter *from = &preset->filters[variant];
	gl_autofilter struct gl_filter filter = {
		copy(from->insns, from->count, sizeof(*from->insns)), from->count,
		copy(from->patches, from->patch_count, sizeof(*from->patches)), from->patch_count};

	if (!filter.insns || !filter.patches)
		return gl_err_sys(err, ENOMEM, "cannot prepare policy '%s'", preset->name);
	gl_filter_settle(&filter, facts);
	*ret_filter = filter;
	filter = GL_FILTER_INIT;
	return 0;
}
