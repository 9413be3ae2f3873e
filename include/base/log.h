/*
 * How golaunch itself speaks: on stderr, in text or JSON lines.
 *
 * Only commands (launcher/cmd) and the supervisor call these above
 * GL_LOG_DEBUG; the layers below return errors and findings.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum gl_log_level { GL_LOG_ERROR, GL_LOG_WARNING, GL_LOG_NOTE, GL_LOG_DEBUG, GL_LOG_LEVEL_MAX };

enum gl_format { GL_FORMAT_TEXT, GL_FORMAT_JSON, GL_FORMAT_MAX };

enum gl_color { GL_COLOR_AUTO, GL_COLOR_ALWAYS, GL_COLOR_NEVER, GL_COLOR_MAX };

struct gl_log_config {
	enum gl_log_level
		threshold; /* what is less important stays unsaid; default GL_LOG_WARNING (-v: NOTE, -vv: DEBUG, -q: ERROR) */
	enum gl_format format;
	bool color; /* already decided for fd */
	int fd;	    /* default 2 */
	/* writes a finished text to fd; NULL: write(2) until all is out, however long that takes */
	void (*put)(int fd, const char *text, size_t len);
};

void gl_log_configure(const struct gl_log_config *config) GL_NONNULL;
const struct gl_log_config *gl_log_current(void);

/* Would a message of this level be said? */
bool gl_log_enabled(enum gl_log_level level);

/*
 * Says one line: "golaunch: warning: <text>" or {"time","level","msg"}, cut to
 * about 2000 bytes.  Control characters in it are escaped.  Allocates nothing.
 */
void gl_log(enum gl_log_level level, const char *fmt, ...) GL_PRINTF(2, 3);

/* "golaunch: error: <err->msg>" */
void gl_log_err(const struct gl_err *err) GL_NONNULL;

/*
 * Writes a block that is rendered already (a finding) to the log's
 * descriptor, in one write where possible.
 */
void gl_log_block(const char *text) GL_NONNULL;
