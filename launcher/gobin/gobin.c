/*
 * Is it Go?  The cheap evidence first: on a healthy launch the section table
 * leads to the build information in a few small reads.  Only what names do not
 * settle is searched for in the bytes.
 */
#include "gobin/gobin.h"

#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "elf/notes.h"
#include "gobin/pclntab_private.h"
#include "gobin/private.h"

#define GO_NOTE_NAME	"Go"
#define GO_NOTE_BUILDID 4
#define UPX_WITHIN	512

static int is_go_note(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	(void)desc;
	(void)desc_len;
	(void)arg;
	return !strcmp(name, GO_NOTE_NAME) && type == GO_NOTE_BUILDID;
}

/* UPX keeps its mark behind the program headers (its l_info) and drops the sections. */
static bool is_packed(const struct gl_image *image)
{
	static const char mark[] = {'U', 'P', 'X', '!'};
	unsigned char head[UPX_WITHIN];
	size_t len = (size_t)GL_MIN(gl_image_size(image), (uint64_t)sizeof(head));

	return !gl_image_has_sections(image) && !gl_image_read(image, 0, head, len) &&
	       memmem(head, len, mark, sizeof(mark));
}

static int take_buildinfo(struct gl_buildinfo *info, struct gl_gobin *gobin)
{
	int r = gl_modinfo_parse(info->modinfo, gobin);

	if (!strcmp(info->version, "unknown"))
		gobin->obfuscated = true;
	gobin->version = GL_TAKE_PTR(info->version);
	gobin->kind = GL_GOBIN_YES;
	gl_buildinfo_done(info);
	return r;
}

/* Build information, by name or else in the bytes.  1: there is none; 2: not within the limit. */
static int find_buildinfo(const struct gl_image *image, struct gl_gobin *gobin)
{
	struct gl_buildinfo info = {.version = NULL};
	int r = gl_buildinfo_by_section(image, &info);

	if (r == 1 && !gl_image_has_sections(image))
		r = gl_buildinfo_by_scan(image, &info);
	return r ? r : take_buildinfo(&info, gobin);
}

static int find_pclntab(const struct gl_image *image, enum gl_pclntab_presence *ret)
{
	uint64_t budget = GL_GOBIN_MAX_PCLNTAB_SCAN;

	return gl_image_has_sections(image) ? gl_pclntab_by_section(image, budget, gl_pclntab_any, NULL, ret)
					    : gl_pclntab_by_scan(image, budget, gl_pclntab_any, NULL, ret);
}

/* What it is without build information; buildinfo is find_buildinfo()'s answer. */
static int judge_bare(const struct gl_image *image, int buildinfo, struct gl_gobin *gobin)
{
	enum gl_pclntab_presence pclntab = GL_PCLNTAB_ABSENT;
	int r;

	gobin->packed = is_packed(image);
	r = gl_image_each_note(image, is_go_note, NULL);
	if (r < 0)
		return r;
	if (r == 0) {
		r = find_pclntab(image, &pclntab);
		if (r)
			return r;
		gobin->obfuscated = pclntab == GL_PCLNTAB_DISGUISED;
		r = pclntab == GL_PCLNTAB_PRESENT || gobin->obfuscated;
	}
	if (r)
		gobin->kind = GL_GOBIN_BARE;
	else if (gobin->packed || buildinfo == 2 || pclntab == GL_PCLNTAB_UNDECIDED)
		gobin->kind = GL_GOBIN_UNKNOWN;
	return 0;
}

static int examine(struct gl_image *image, struct gl_gobin *gobin)
{
	int r = find_buildinfo(image, gobin);

	if (r > 0)
		r = judge_bare(image, r, gobin);
	if (r || gobin->kind == GL_GOBIN_NO || gobin->kind == GL_GOBIN_UNKNOWN)
		return r;
	return gl_gobin_judge_cgo(image, gobin, &gobin->cgo);
}

int gl_gobin_read(struct gl_image *image, struct gl_gobin *ret, struct gl_err *err)
{
	struct gl_gobin gobin = GL_GOBIN_INIT;
	int r = examine(image, &gobin);

	if (r) {
		gl_gobin_done(&gobin);
		return gl_err_sys(err, -r, "cannot read the build information");
	}
	*ret = gobin;
	return 0;
}

void gl_gobin_done(struct gl_gobin *gobin)
{
	for (size_t i = 0; i < gobin->setting_count; i++) {
		free(gobin->settings[i].key);
		free(gobin->settings[i].value);
	}
	free(gobin->settings);
	free(gobin->version);
	free(gobin->path);
	free(gobin->module);
	free(gobin->module_version);
	*gobin = GL_GOBIN_INIT;
}

const char *gl_gobin_setting(const struct gl_gobin *gobin, const char *key)
{
	for (size_t i = 0; i < gobin->setting_count; i++)
		if (!strcmp(gobin->settings[i].key, key))
			return gobin->settings[i].value;
	return NULL;
}
