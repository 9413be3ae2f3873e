/*
 * Findings on golaunch's own stderr.
 */
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/verbs.h"

#define PREFIX "golaunch: "

static void say_json(const struct gl_finding *f)
{
	struct timespec now;
	char time_text[GL_CLOCK_TEXT];
	json_t *line;
	gl_autofree char *text = NULL;
	gl_autofree char *with_end = NULL;

	clock_gettime(CLOCK_REALTIME, &now);
	gl_clock_text(&now, time_text);
	line = json_pack("{s:s, s:s, s:o, s:o}", "time", time_text, "level", gl_severity_name(f->severity),
			 "msg", gl_json_text(f->message), "finding", gl_finding_json(f));
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (text && asprintf(&with_end, "%s\n", text) > 0)
		gl_log_block(with_end);
}

void gl_cmd_say(enum gl_format format, const struct gl_finding *f, int exit_status)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (format == GL_FORMAT_JSON) {
		say_json(f);
		return;
	}
	gl_finding_text(&b, f, PREFIX, gl_log_current()->color, exit_status);
	gl_log_block(gl_buf_text(&b));
}
