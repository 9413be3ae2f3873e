/*
 * golaunch report FILE: a saved report, or all of a file's, for people.
 *
 * The file is read line by line within a bound, so a log of any size will do; of a
 * regular file the last record is looked for at its end only.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/verbs.h"
#include "report/saved.h"

#define CHUNK	 65536
#define EXIT_BAD 1 /* a line is no record, or there is none */

struct report_options {
	struct gl_common common; /* first: see cmd/common.h */
	bool all;
};

/* What is read, and where we are in it. */
struct reader {
	const char *name; /* escaped */
	int fd;
	char chunk[CHUNK];
	size_t at, len;
	struct gl_buf line;
	bool overlong;	      /* the line is longer than one may be; line has its start */
	unsigned long number; /* 0: not counted */
	bool shown;	      /* a record was */
};

static int take_all(void *into, const char *value, struct gl_err *err)
{
	(void)value;
	(void)err;
	((struct report_options *)into)->all = true;
	return 0;
}

static const struct gl_option options[] = {
	{"all", 0, NULL, 0, take_all, "every report of the file, not only the last"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_report_option_table(void)
{
	return &table;
}

/* Returns 1, 0 at the end, or -errno. */
static int fill(struct reader *r, struct gl_err *err)
{
	ssize_t n;

	do {
		n = read(r->fd, r->chunk, sizeof(r->chunk));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return gl_err_sys(err, errno, "cannot read '%s'", r->name);
	r->at = 0;
	r->len = (size_t)n;
	return n > 0;
}

/* The next line into r->line.  Returns 1, 0 at the end, or -errno. */
static int next_line(struct reader *r, struct gl_err *err)
{
	const char *end = NULL;
	bool any = false;
	int more;

	gl_buf_done(&r->line);
	r->line.limit = GL_SAVED_MAX_LINE;
	for (; !end; r->at += end ? 1 : 0) {
		size_t n;

		more = r->at < r->len ? 1 : fill(r, err);
		if (more <= 0)
			break;
		any = true;
		end = memchr(r->chunk + r->at, '\n', r->len - r->at);
		n = end ? (size_t)(end - r->chunk) - r->at : r->len - r->at;
		gl_buf_put(&r->line, r->chunk + r->at, n);
		r->at += n;
	}
	if (!end && more < 0)
		return more;
	r->overlong = gl_buf_error(&r->line) == E2BIG;
	if (gl_buf_error(&r->line) == ENOMEM)
		return gl_err_sys(err, ENOMEM, "cannot read '%s'", r->name);
	r->number += any && r->number;
	return any;
}

static bool is_blank(const struct gl_buf *line)
{
	return strspn(gl_buf_text(line), " \t\r") == line->len;
}

static void put_record(struct gl_buf *out, const json_t *record, const struct gl_common *common)
{
	gl_autofree char *text = NULL;

	if (common->format == GL_FORMAT_TEXT) {
		gl_saved_text(out, record, "", gl_common_color(common, STDOUT_FILENO));
		return;
	}
	text = json_dumps(record, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	gl_buf_printf(out, "%s\n", text ? text : "");
}

/* Prints the record that the line is.  Returns the exit status. */
static int show(struct reader *r, const struct gl_buf *line, bool overlong, const struct report_options *o)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_buf out = GL_BUF_INIT;
	json_t *record = NULL;
	int bad = overlong ? gl_err_set(&err, EINVAL, "longer than %zu bytes", GL_SAVED_MAX_LINE)
			   : gl_saved_parse(gl_buf_text(line), line->len, &record, &err);

	if (bad) {
		if (r->number)
			gl_err_wrap(&err, "'%s', line %lu", r->name, r->number - 1);
		else
			gl_err_wrap(&err, "'%s', last line", r->name);
		gl_log_err(&err);
		return EXIT_BAD;
	}
	if (r->shown && o->common.format == GL_FORMAT_TEXT)
		gl_buf_puts(&out, "\n");
	put_record(&out, record, &o->common);
	r->shown = true;
	json_decref(record);
	return gl_cmd_print(&out);
}

static int say_none(const struct reader *r)
{
	gl_log(GL_LOG_ERROR, "'%s' has no report in it", r->name);
	return EXIT_BAD;
}

static int show_all(struct reader *r, const struct report_options *o, struct gl_err *err)
{
	int status = 0, shown, more;
	bool found = false;

	for (r->number = 1; (more = next_line(r, err)) > 0;) {
		if (is_blank(&r->line))
			continue;
		found = true;
		shown = show(r, &r->line, r->overlong, o);
		status = GL_MAX(status, shown); /* 125 is above the others */
		if (shown == GL_EXIT_GOLAUNCH_FAILED)
			return shown;
	}
	if (more < 0)
		return gl_cmd_failed(err);
	return found ? status : say_none(r);
}

/* Of a regular file only its end can matter; what is cut there is part of an earlier line, or too long. */
static void skip_to_end(struct reader *r)
{
	off_t reach = (off_t)GL_SAVED_MAX_LINE + 2;
	struct stat st;

	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > reach)
		lseek(r->fd, st.st_size - reach, SEEK_SET);
}

static int show_last(struct reader *r, const struct report_options *o, struct gl_err *err)
{
	gl_autobuf struct gl_buf last = GL_BUF_INIT;
	bool overlong = false;
	int more;

	skip_to_end(r);
	while ((more = next_line(r, err)) > 0) {
		if (is_blank(&r->line))
			continue;
		gl_buf_done(&last);
		last = r->line;
		r->line = GL_BUF_INIT;
		overlong = r->overlong;
	}
	if (more < 0)
		return gl_cmd_failed(err);
	if (last.len)
		return show(r, &last, overlong, o);
	return say_none(r);
}

static int show_file(const char *file, const struct report_options *o)
{
	gl_autofree char *name = gl_escape_dup(file, 0);
	gl_autofree struct reader *r = calloc(1, sizeof(*r));
	gl_autoclose int opened = -1;
	struct gl_err err = GL_ERR_INIT;
	int status;

	if (!r || !name) {
		gl_err_sys(&err, ENOMEM, "cannot start");
		return gl_cmd_failed(&err);
	}
	if (strcmp(file, "-"))
		opened = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (strcmp(file, "-") && opened < 0) {
		gl_err_sys(&err, errno, "cannot open '%s'", name);
		return gl_cmd_failed(&err);
	}
	r->name = strcmp(file, "-") ? name : "standard input";
	r->fd = opened < 0 ? STDIN_FILENO : opened;
	status = o->all ? show_all(r, o, &err) : show_last(r, o, &err);
	gl_buf_done(&r->line);
	return status;
}

int gl_cmd_report(int argc, char **argv, char **env)
{
	struct report_options o = {.all = false};
	int used, status;

	if (!gl_common_begin(&table, "report", argc, argv, env, &o.common, &used, &status))
		return status;
	if (argc - used != 1)
		return gl_cmd_misused("report takes one FILE, or - for standard input");
	return show_file(argv[used], &o);
}
