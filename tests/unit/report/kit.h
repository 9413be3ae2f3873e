/*
 * What the tests of this layer share: real transcripts, and text that went
 * through the real recorder, so that it comes in the real windows.
 */
#pragma once

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/macros.h"
#include "proc/record.h"
#include "report/lines.h"

#define KIT_FIXTURES "tests/fixtures/panics/"
#define KIT_MAX_FILE ((size_t)1 << 20)

/* One captured stream. */
struct kit_text {
	struct gl_record *record;
	struct gl_capture_text text;
};

static inline struct kit_text kit_text(const char *bytes, size_t len)
{
	struct kit_text kit = {.record = malloc(sizeof(*kit.record))};

	ck_assert_ptr_nonnull(kit.record);
	gl_record_init(kit.record);
	gl_record_feed(kit.record, bytes, len);
	gl_record_text(kit.record, &kit.text);
	return kit;
}

static inline void kit_text_done(struct kit_text *kit)
{
	free(kit->record);
}

/* A transcript by its name, in fresh memory; tests run in the top directory. */
static inline char *kit_fixture(const char *name, size_t *ret_len)
{
	struct gl_err err = GL_ERR_INIT;
	char path[256], *bytes = NULL;

	snprintf(path, sizeof(path), KIT_FIXTURES "%s.txt", name);
	ck_assert_msg(gl_file_slurp(path, KIT_MAX_FILE, &bytes, ret_len, &err) == 0, "%s", err.msg);
	return bytes;
}

/* Is the slice this text?  NULL stands for an empty one. */
#define kit_assert_slice(slice, expected, name)                                                              \
	do {                                                                                                 \
		struct gl_slice slice_ = (slice);                                                            \
		const char *expected_ = (expected) ? (expected) : "";                                        \
		ck_assert_msg(gl_slice_equals(slice_, expected_), "%s: '%.*s' is not '%s'", name,            \
			      (int)slice_.len, slice_.text, expected_);                                      \
	} while (0)
