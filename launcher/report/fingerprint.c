/*
 * Naming deaths that are alike: see report/fingerprint.h.
 */
#include "report/fingerprint.h"

#include <stdint.h>

#include "base/hash.h"

/* Each part ends with a byte that occurs in no name, so that "ab" + "c" is not "a" + "bc". */
static void mix_text(uint64_t *hash, struct gl_slice s)
{
	*hash = gl_hash_bytes(*hash, s.text, s.len);
	*hash = gl_hash_bytes(*hash, "\xff", 1);
}

static void mix_number(uint64_t *hash, int number)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", number);

	mix_text(hash, (struct gl_slice){.text = text, .len = (size_t)len});
}

static void mix_frames(uint64_t *hash, const struct gl_cause *cause)
{
	const struct gl_trace *trace = gl_cause_trace(cause);
	const struct gl_frame *frame = gl_cause_culprit(cause);
	size_t count = 0;

	for (; frame && frame < trace->frames + trace->frame_count && count < GL_FINGERPRINT_FRAMES;
	     frame++) {
		if (gl_trace_is_runtime(frame->function))
			continue;
		mix_text(hash, frame->function);
		count++;
	}
}

void gl_fingerprint(const struct gl_outcome *outcome, const struct gl_cause *cause,
		    char ret[GL_FINGERPRINT_SIZE])
{
	uint64_t hash = GL_HASH_START;

	mix_number(&hash, (int)outcome->kind);
	mix_number(&hash, outcome->kind == GL_OUTCOME_SIGNAL ? outcome->signal : outcome->status);
	mix_number(&hash, (int)cause->phase);
	if (cause->code != GL_CODE_NONE) {
		const char *code = gl_code_info(cause->code)->code;

		mix_text(&hash, (struct gl_slice){.text = code, .len = strlen(code)});
	}
	if (cause->witness && cause->witness->how == GL_HOW_FAULT)
		mix_number(&hash, cause->witness->signo);
	mix_frames(&hash, cause);
	snprintf(ret, GL_FINGERPRINT_SIZE, "%016llx", (unsigned long long)hash);
}
