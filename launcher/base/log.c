/*
 * golaunch's own words: see base/log.h.
 *
 * One line is one write(2), so that lines of several processes do not mix.
 * The configuration is the one piece of global state: it belongs to the
 * process, like its stderr.
 */
#include "base/log.h"

#include <errno.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"

#define TEXT_MAX 2000 /* bytes of one message; an escape has at most 8 for one */

static struct gl_log_config current = {
	.threshold = GL_LOG_WARNING, .format = GL_FORMAT_TEXT, .fd = STDERR_FILENO};

static const struct {
	const char *name, *color;
} levels[GL_LOG_LEVEL_MAX] = {
	[GL_LOG_ERROR] = {"error", "\033[1;31m"},
	[GL_LOG_WARNING] = {"warning", "\033[1;33m"},
	[GL_LOG_NOTE] = {"note", "\033[1;36m"},
	[GL_LOG_DEBUG] = {"debug", "\033[2m"},
};

void gl_log_configure(const struct gl_log_config *config)
{
	current = *config;
}

const struct gl_log_config *gl_log_current(void)
{
	return &current;
}

bool gl_log_enabled(enum gl_log_level level)
{
	return level <= current.threshold;
}

/* Valid UTF-8 without anything that prints nothing or moves a cursor, as the body of a JSON string. */
static void put_json_body(struct gl_buf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			gl_buf_putc(b, '\\');
		gl_buf_putc(b, *p);
	}
}

static void put_line(struct gl_buf *b, enum gl_log_level level, const char *text)
{
	char time_text[GL_CLOCK_TEXT];
	struct timespec now;

	if (current.format == GL_FORMAT_JSON) {
		clock_gettime(CLOCK_REALTIME, &now);
		gl_clock_text(&now, time_text);
		gl_buf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"", time_text,
			      levels[level].name);
		put_json_body(b, text);
		gl_buf_puts(b, "\"}\n");
		return;
	}
	gl_buf_printf(b, "golaunch: %s%s%s: %s\n", current.color ? levels[level].color : "",
		      levels[level].name, current.color ? "\033[0m" : "", text);
}

/*
 * Everything passes through the escaper once more: words from the command line
 * and the environment get into errors by many ways.
 */
void gl_log(enum gl_log_level level, const char *fmt, ...)
{
	char said[TEXT_MAX], clean_bytes[8 * TEXT_MAX], line_bytes[20 * TEXT_MAX];
	struct gl_buf clean = GL_BUF_FIXED(clean_bytes);
	struct gl_buf line = GL_BUF_FIXED(line_bytes);
	int saved = errno;
	va_list ap;

	if (!gl_log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	gl_buf_puts(&clean, "");
	gl_escape_text(&clean, said, strlen(said), 0);
	gl_buf_puts(&line, "");
	put_line(&line, level, gl_buf_text(&clean));
	gl_log_block(gl_buf_text(&line));
	errno = saved;
}

void gl_log_err(const struct gl_err *err)
{
	gl_log(GL_LOG_ERROR, "%s", err->msg);
}

void gl_log_block(const char *text)
{
	/* Nobody is left to tell when stderr itself fails. */
	if (current.put)
		current.put(current.fd, text, strlen(text));
	else if (gl_file_write_all(current.fd, text, strlen(text)) < 0)
		return;
}
