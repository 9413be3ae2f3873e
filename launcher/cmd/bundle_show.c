/*
 * golaunch bundle show DIR
 *
 * The bundle is opened as for a launch, but for who may own it; what is not as
 * its manifest says is no bundle to be shown, and "bundle verify" says why in full.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/escape.h"
#include "base/mem.h"
#include "bundle/verify.h"
#include "cmd/bundle.h"
#include "cmd/common.h"

#define SHOWN	300
#define COLUMNS 4
#define GAP	2

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_bundle_show_option_table(void)
{
	return &table;
}

/* --- the table ------------------------------------------------------------------ */

/* One line of it; owned, but for the head's. */
struct row {
	const char *cells[COLUMNS];
};

static void row_done(struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		gl_mem_free_p(&row->cells[i]);
}

/* "libc6 2.36-9+deb12u14", "-" where no package manager knew it. */
static char *origin_of(const struct gl_bundle_file *file)
{
	struct gl_buf b = GL_BUF_INIT;

	if (file->package) {
		gl_escape_text(&b, file->package, strlen(file->package), 0);
		gl_buf_putc(&b, ' ');
		if (file->package_version)
			gl_escape_text(&b, file->package_version, strlen(file->package_version), 0);
	} else {
		gl_buf_putc(&b, '-');
	}
	return gl_buf_take(&b);
}

static bool fill_row(const struct gl_bundle_file *file, struct row *ret)
{
	char *size = NULL;

	if (asprintf(&size, "%" PRIu64, file->size) < 0)
		return false;
	*ret = (struct row){.cells = {gl_escape_dup(file->path, 0),
				      gl_escape_dup(file->soname ? file->soname : "-", 0), origin_of(file),
				      size}};
	for (size_t i = 0; i < COLUMNS; i++)
		if (!ret->cells[i])
			return false;
	return true;
}

/* The last column is of numbers: to the right. */
static void put_row(struct gl_buf *b, const struct row *row, const size_t widths[COLUMNS])
{
	for (size_t i = 0; i + 1 < COLUMNS; i++)
		gl_buf_printf(b, "%-*s", (int)(widths[i] + GAP), row->cells[i]);
	gl_buf_printf(b, "%*s\n", (int)widths[COLUMNS - 1], row->cells[COLUMNS - 1]);
}

static void widen(size_t widths[COLUMNS], const struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		widths[i] = GL_MAX(widths[i], strlen(row->cells[i]));
}

/* Returns false when out of memory. */
static bool put_table(struct gl_buf *b, const struct gl_manifest *m)
{
	static const struct row head = {.cells = {"FILE", "SONAME", "PACKAGE", "SIZE"}};
	struct row *rows = calloc(m->count + 1, sizeof(*rows));
	size_t widths[COLUMNS] = {0};
	bool good = rows != NULL;

	widen(widths, &head);
	for (size_t i = 0; good && i < m->count; i++) {
		good = fill_row(&m->files[i], &rows[i]);
		if (good)
			widen(widths, &rows[i]);
	}
	if (good)
		put_row(b, &head, widths);
	for (size_t i = 0; good && i < m->count; i++)
		put_row(b, &rows[i], widths);
	for (size_t i = 0; rows && i < m->count; i++)
		row_done(&rows[i]);
	free(rows);
	return good;
}

/* --- what stands above it -------------------------------------------------------------- */

static void put_programs(struct gl_buf *b, const struct gl_manifest *m)
{
	const char *between = "";

	gl_buf_puts(b, "program  ");
	for (size_t i = 0; i < m->count; i++) {
		if (m->files[i].role != GL_ROLE_STUB)
			continue;
		gl_buf_puts(b, between);
		gl_escape_text(b, m->files[i].path, strlen(m->files[i].path), 0);
		between = ", ";
	}
	gl_buf_puts(b, *between ? "\n" : "any\n");
}

static void put_head(struct gl_buf *b, const struct gl_manifest *m)
{
	uint64_t total = 0;

	for (size_t i = 0; i < m->count; i++)
		total += m->files[i].size;
	put_programs(b, m);
	gl_buf_printf(b, "libc     %s ", gl_libc_kind_name(m->libc));
	gl_escape_text(b, m->libc_version, strlen(m->libc_version), 0);
	gl_buf_printf(b, "\nmachine  %s", m->arch->name);
	if (m->cpu_level > 1)
		gl_buf_printf(b, ", a CPU of level %u or higher", m->cpu_level);
	if (m->kernel[0])
		gl_buf_printf(b, "\nkernel   Linux %u.%u.%u or later", m->kernel[0], m->kernel[1],
			      m->kernel[2]);
	gl_buf_printf(b, "\nsize     %" PRIu64 " bytes in %zu file%s\nmade by  golaunch ", total, m->count,
		      m->count == 1 ? "" : "s");
	gl_escape_text(b, m->golaunch, strlen(m->golaunch), 0);
	gl_buf_puts(b, "\n\n");
}

static int put_bundle(struct gl_buf *b, const struct gl_common *common, const struct gl_manifest *m,
		      struct gl_err *err)
{
	gl_autofree char *text = NULL;

	if (common->format != GL_FORMAT_JSON) {
		put_head(b, m);
		return put_table(b, m) ? 0 : gl_err_sys(err, ENOMEM, "cannot show the bundle");
	}
	text = gl_manifest_text(m);
	if (!text)
		return gl_err_sys(err, ENOMEM, "cannot show the bundle");
	gl_buf_puts(b, text);
	return 0;
}

/* Why there is nothing to show: a finding, in the format asked for.  Returns 0 or -errno. */
static int put_fault(struct gl_buf *b, const struct gl_common *common, const char *dir,
		     const struct gl_bundle *bundle, enum gl_bundle_state state, struct gl_err *err)
{
	struct gl_findings findings = GL_FINDINGS_INIT;
	struct gl_finding *f = gl_bundle_say_fault(&findings, dir, bundle, state);
	int r = f ? 0 : gl_err_sys(err, ENOMEM, "cannot show the bundle");

	if (state != GL_BUNDLE_ABSENT)
		gl_finding_fix(f, "see all that is wrong: golaunch bundle verify");
	if (f && common->format == GL_FORMAT_JSON)
		r = gl_cmd_put_findings_json(b, "golaunch.bundle-show/1", &findings, err);
	else if (f)
		gl_finding_text(b, f, "", gl_common_color(common, STDOUT_FILENO), -1);
	gl_findings_done(&findings);
	return r;
}

static int show(const struct gl_common *common, const char *dir, char **env)
{
	static const struct gl_bundle_trust anybody = {.check = false};
	struct gl_err err = GL_ERR_INIT;
	struct gl_buf text = GL_BUF_INIT;
	struct gl_bundle bundle = GL_BUNDLE_INIT;
	struct gl_host host;
	int r = gl_host_init(&host, env, &err), state;

	if (r)
		return gl_cmd_failed(&err);
	state = gl_bundle_open(&host, dir, &anybody, GL_BUNDLE_QUICK, &bundle, &err);
	if (state == GL_BUNDLE_GOOD)
		r = put_bundle(&text, common, &bundle.manifest, &err);
	else
		r = state < 0 ? state
			      : put_fault(&text, common, dir, &bundle, (enum gl_bundle_state)state, &err);
	gl_bundle_done(&bundle);
	gl_host_done(&host);
	return gl_cmd_finish(&text, r, state != GL_BUNDLE_GOOD, &err);
}

int gl_cmd_bundle_show(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	int used, status;

	if (!gl_common_begin(&table, "bundle show", argc, argv, env, &common, &used, &status))
		return status;
	if (argc - used != 1)
		return gl_cmd_misused("bundle show takes one DIR");
	return show(&common, argv[used], env);
}
