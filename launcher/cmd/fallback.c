/*
 * The options about bundled loaders: see cmd/fallback.h.
 */
#include "cmd/fallback.h"

#include <errno.h>

int gl_fallback_take_bundle(struct gl_fallback_options *o, const char *value, struct gl_err *err)
{
	if (!*value)
		return gl_err_set(err, EINVAL, "must be a directory");
	return gl_values_add(&o->bundles, value, err);
}

int gl_fallback_take_cache(struct gl_fallback_options *o, const char *value, struct gl_err *err)
{
	if (!*value)
		return gl_err_set(err, EINVAL, "must be a directory");
	o->cache = value;
	return 0;
}

int gl_fallback_take_mode(struct gl_fallback_options *o, const char *value, struct gl_err *err)
{
	static const char *const words[GL_FALLBACK_MAX] = {
		[GL_FALLBACK_AUTO] = "auto", [GL_FALLBACK_NEVER] = "never", [GL_FALLBACK_ALWAYS] = "always"};
	int i = gl_option_choose(value, words, GL_FALLBACK_MAX, err);

	if (i < 0)
		return i;
	o->mode = (enum gl_fallback_mode)i;
	return 0;
}

struct gl_fallback gl_fallback_of(const struct gl_fallback_options *o)
{
	return (struct gl_fallback){
		.mode = o->mode,
		.bundles = o->bundles.items,
		.bundle_count = o->bundles.count,
		.cache = o->cache,
	};
}
