/*
 * Compiler attributes and small helpers used by every layer.
 */
#pragma once

#include <stddef.h>

#define GL_MUST_CHECK	      __attribute__((warn_unused_result))
#define GL_NONNULL	      __attribute__((nonnull))
#define GL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define GL_NORETURN	      __attribute__((noreturn))
#define GL_UNUSED	      __attribute__((unused))

#define GL_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define GL_MIN(a, b)	 ((a) < (b) ? (a) : (b))
#define GL_MAX(a, b)	 ((a) > (b) ? (a) : (b))

/* GL_CLEANUP(f): calls f(&variable) when the variable goes out of scope. */
#define GL_CLEANUP(f) __attribute__((cleanup(f)))

/*
 * GL_DEFINE_CLEANUP(type, f): defines f_p(type **), which calls f(*p) on a
 * pointer that is not NULL, for GL_CLEANUP on a local that owns a heap object.
 */
#define GL_DEFINE_CLEANUP(type, release)                                                                     \
	static inline GL_UNUSED void release##_p(type **p)                                                   \
	{                                                                                                    \
		if (*p)                                                                                      \
			release(*p);                                                                         \
	}                                                                                                    \
	struct gl_swallow_semicolon
