/*
 * golaunch bundle verify DIR...
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "bundle/verify.h"
#include "cmd/bundle.h"
#include "cmd/common.h"

#define SHOWN 300

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_bundle_verify_option_table(void)
{
	return &table;
}

static void put_text(struct gl_buf *b, const struct gl_common *common, const char *dir,
		     const struct gl_bundle *bundle, const struct gl_findings *findings)
{
	gl_autofree char *shown = gl_escape_dup(dir, SHOWN), *version = NULL;
	bool color = gl_common_color(common, STDOUT_FILENO);

	for (size_t i = 0; i < findings->count; i++)
		gl_finding_text(b, findings->items[i], "", color, -1);
	if (findings->count || common->verbosity < 0)
		return;
	version = gl_escape_dup(bundle->manifest.libc_version, 0);
	gl_buf_printf(b, "%s: good: %zu file%s, %s %s, %s\n", shown, bundle->manifest.count,
		      bundle->manifest.count == 1 ? "" : "s", gl_libc_kind_name(bundle->manifest.libc),
		      version, bundle->manifest.arch->name);
}

/* An element of "results"; NULL: out of memory. */
static json_t *result_json(const char *dir, const struct gl_findings *findings)
{
	return json_pack("{s:o, s:s, s:o}", "bundle", gl_json_text(dir), "verdict",
			 findings->count ? "refused" : "good", "findings", gl_findings_json(findings));
}

/* Verifies one; adds to the text or to results.  Returns 0, 1 (something is wrong with it) or -errno. */
static int verify(const struct gl_common *common, const char *dir, struct gl_buf *text, json_t *results,
		  struct gl_err *err)
{
	struct gl_findings findings = GL_FINDINGS_INIT;
	struct gl_bundle bundle;
	int r = gl_bundle_verify(dir, &bundle, &findings, err);

	if (!r) {
		if (common->format == GL_FORMAT_JSON)
			json_array_append_new(results, result_json(dir, &findings));
		else
			put_text(text, common, dir, &bundle, &findings);
		r = findings.count > 0;
	}
	gl_bundle_done(&bundle);
	gl_findings_done(&findings);
	return r;
}

static int put_document(struct gl_buf *b, json_t *results, struct gl_err *err)
{
	return gl_cmd_put_json(b,
			       json_pack("{s:s, s:s, s:O}", "schema", "golaunch.bundle-verify/1", "golaunch",
					 GL_VERSION, "results", results),
			       err);
}

static int verify_all(const struct gl_common *common, int count, char **dirs)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	json_t *results = json_array();
	int status = 0, r = 0;

	for (int i = 0; i < count && r >= 0; i++) {
		r = verify(common, dirs[i], &text, results, &err);
		status |= r > 0;
	}
	if (r >= 0 && common->format == GL_FORMAT_JSON)
		r = put_document(&text, results, &err);
	json_decref(results);
	return gl_cmd_finish(&text, r, status, &err);
}

int gl_cmd_bundle_verify(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	int used, status;

	if (!gl_common_begin(&table, "bundle verify", argc, argv, env, &common, &used, &status))
		return status;
	if (used == argc)
		return gl_cmd_misused("bundle verify needs a DIR");
	return verify_all(&common, argc - used, argv + used);
}
