/*
 * Opening a bundle of bundle/kit.h, and what is to be said of it.
 */
#pragma once

#include "bundle/bundle.h"
#include "tests/unit/bundle/kit.h"

static int look(const struct kit *kit, const struct gl_bundle_trust *trust, enum gl_bundle_depth depth,
		struct gl_bundle *ret)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_bundle_open(&kit->host, kit->dir, trust, depth, ret, &err);

	ck_assert_msg(r >= 0, "%s", err.msg);
	return r;
}

#define CHECK(kit, trust, depth, state, what)                                                                \
	do {                                                                                                 \
		struct gl_bundle bundle_;                                                                    \
		int state_ = look((kit), (trust), (depth), &bundle_);                                        \
		ck_assert_msg(state_ == (state), "state %d: '%s' %s", state_, bundle_.file,                  \
			      bundle_.problem);                                                              \
		ck_assert_str_eq(bundle_.file, (what));                                                      \
		ck_assert_int_eq(!*bundle_.problem, state_ == GL_BUNDLE_GOOD);                               \
		gl_bundle_done(&bundle_);                                                                    \
	} while (0)

#define COUNT(table)	  ((int)(sizeof(table) / sizeof((table)[0])))
#define LOOP(test, count) tcase_add_loop_test(tcase, test, 0, (count))
