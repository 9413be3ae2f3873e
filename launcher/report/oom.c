/*
 * The out-of-memory killer: see report/oom.h.
 */
#include "report/oom.h"

#include <inttypes.h>
#include <signal.h>

#include "base/escape.h"

#define MAX_NAME 200 /* bytes of a group's name in a row */

/* The share of a limit that a Go heap may grow to: the rest is stacks, code and what C takes (go.dev/doc/gc-guide: leave 5-10 %). */
#define GOMEMLIMIT_PERCENT 90

static const struct gl_cgroup_level *own_group(const struct gl_oom_facts *facts)
{
	return facts->cgroup && facts->cgroup->level_count ? &facts->cgroup->levels[0] : NULL;
}

enum gl_oom_verdict gl_oom_judge(const struct gl_oom_facts *facts)
{
	const struct gl_cgroup_level *own = own_group(facts);
	uint64_t kills;

	if (!facts->death->by_signal || facts->death->status != SIGKILL || !own)
		return GL_OOM_NO;
	kills = gl_cgroup_kills(facts->cgroup);
	if (kills == GL_CGROUP_UNKNOWN)
		return gl_cgroup_was_hit(facts->cgroup) ? GL_OOM_LIKELY : GL_OOM_NO;
	if (!kills)
		return GL_OOM_NO;
	return facts->cgroup->shared || facts->killed_by_us ? GL_OOM_LIKELY : GL_OOM_CERTAIN;
}

void gl_oom_size(struct gl_buf *b, uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	uint64_t whole = bytes, tenths = 0;
	size_t unit = 0;

	if (bytes == GL_CGROUP_UNKNOWN || bytes == GL_CGROUP_NO_LIMIT) {
		gl_buf_puts(b, bytes == GL_CGROUP_UNKNOWN ? "unknown" : "no limit");
		return;
	}
	for (; whole >= 1024 && unit + 1 < GL_ARRAY_SIZE(units); unit++) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
	}
	gl_buf_printf(b, "%" PRIu64, whole);
	if (tenths)
		gl_buf_printf(b, ".%" PRIu64, tenths);
	gl_buf_printf(b, " %s", units[unit]);
}

static void put_name(struct gl_buf *b, const struct gl_cgroup *cgroup, const struct gl_cgroup_level *level)
{
	gl_escape_text(b, cgroup->place.name, level->name_len, MAX_NAME);
}

/* Whose limit it was: the group's that reached it, the group's own where that is not known, or nobody's. */
static const struct gl_cgroup_level *limit_of(const struct gl_cgroup *cgroup)
{
	const struct gl_cgroup_level *limiting = gl_cgroup_limiting(cgroup), *own = &cgroup->levels[0];

	if (!limiting && own->figures.hits == GL_CGROUP_UNKNOWN && own->figures.limit < GL_CGROUP_NO_LIMIT)
		return own;
	return limiting;
}

static void add_limit(struct gl_finding *f, const struct gl_cgroup *cgroup,
		      const struct gl_cgroup_level *limit)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (!limit) {
		gl_finding_row(f, "limit",
			       "none was reached that shows here: the host, or a group further out, ran out");
		return;
	}
	gl_oom_size(&b, limit->figures.limit);
	gl_buf_puts(&b, cgroup->place.version == GL_CGROUP_V1 ? " (memory.limit_in_bytes of "
							      : " (memory.max of ");
	put_name(&b, cgroup, limit);
	gl_buf_putc(&b, ')');
	gl_finding_row(f, "limit", "%s", gl_buf_text(&b));
}

/* What was used: by the group at its highest, by the program alone (ru_maxrss is in KiB, getrusage(2)). */
static void add_use(struct gl_finding *f, const struct gl_oom_facts *facts, const struct gl_cgroup_level *of)
{
	uint64_t resident = (uint64_t)facts->death->usage.ru_maxrss << 10;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (of->figures.peak != GL_CGROUP_UNKNOWN) {
		gl_oom_size(&b, of->figures.peak);
		gl_buf_puts(&b, " in the group at most, ");
	}
	gl_oom_size(&b, resident);
	gl_buf_puts(&b, " in the program itself");
	gl_finding_row(f, "used", "%s", gl_buf_text(&b));
}

static void put_evidence(struct gl_finding *f, const char *key, uint64_t value)
{
	if (value >= GL_CGROUP_NO_LIMIT)
		gl_finding_evidence(f, key, NULL);
	else
		gl_finding_evidence_int(f, key, (long long)value);
}

static void add_evidence(struct gl_finding *f, const struct gl_oom_facts *facts,
			 const struct gl_cgroup_level *limit)
{
	const struct gl_cgroup_level *own = own_group(facts), *of = limit ? limit : own;
	gl_autobuf struct gl_buf name = GL_BUF_INIT;

	put_name(&name, facts->cgroup, of);
	gl_finding_evidence_int(f, "cgroup_version", facts->cgroup->place.version == GL_CGROUP_V1 ? 1 : 2);
	gl_finding_evidence(f, "cgroup", gl_buf_text(&name));
	put_evidence(f, "limit_bytes", limit ? limit->figures.limit : GL_CGROUP_UNKNOWN);
	put_evidence(f, "peak_bytes", of->figures.peak);
	put_evidence(f, "current_bytes", of->figures.current);
	put_evidence(f, "limit_hits", of->figures.hits);
	put_evidence(f, "oom_kills", gl_cgroup_kills(facts->cgroup));
	put_evidence(f, "max_rss_bytes", (uint64_t)facts->death->usage.ru_maxrss << 10);
}

static void add_fixes(struct gl_finding *f, const struct gl_cgroup_level *limit)
{
	if (!limit) {
		gl_finding_fix(f, "give the host more memory, or move what else runs there");
		gl_finding_fix(
			f,
			"make others the first to go: OOMScoreAdjust= (systemd), a memory request (Kubernetes)");
		return;
	}
	gl_finding_fix(f, "raise the limit: docker run -m, resources.limits.memory, MemoryMax=");
	gl_finding_fix(f, "let the collector keep below it: GOMEMLIMIT=%" PRIu64 "MiB (Go 1.19 and later)",
		       GL_MAX((limit->figures.limit >> 20) * GOMEMLIMIT_PERCENT / 100, (uint64_t)1));
	gl_finding_fix(f, "look at what it holds: net/http/pprof, /debug/pprof/heap");
}

struct gl_finding *gl_oom_add(struct gl_findings *list, const struct gl_oom_facts *facts)
{
	const struct gl_cgroup_level *limit = limit_of(facts->cgroup);
	gl_autobuf struct gl_buf size = GL_BUF_INIT;
	struct gl_finding *f;

	if (limit)
		gl_oom_size(&size, limit->figures.limit);
	f = gl_findings_add(list, GL_CODE_OUT_OF_MEMORY, "killed by the kernel, out of memory%s%s",
			    limit ? ": the limit is " : "", gl_buf_text(&size));
	add_limit(f, facts->cgroup, limit);
	add_use(f, facts, limit ? limit : own_group(facts));
	gl_finding_evidence(f, "signal", "SIGKILL");
	add_evidence(f, facts, limit);
	add_fixes(f, limit);
	return f;
}

void gl_oom_hint(struct gl_findings *list, const struct gl_oom_facts *facts)
{
	struct gl_finding *f = list->count ? list->items[list->count - 1] : NULL;
	gl_autobuf struct gl_buf name = GL_BUF_INIT;
	uint64_t kills;

	if (gl_oom_judge(facts) != GL_OOM_LIKELY)
		return;
	kills = gl_cgroup_kills(facts->cgroup);
	put_name(&name, facts->cgroup, own_group(facts));
	if (kills == GL_CGROUP_UNKNOWN)
		gl_finding_row(f, "likely", "out of memory: the limit of the group %s was reached meanwhile",
			       gl_buf_text(&name));
	else
		gl_finding_row(f, "likely",
			       "out of memory: the kernel killed %" PRIu64 " in the group %s meanwhile%s",
			       kills, gl_buf_text(&name),
			       facts->cgroup->shared ? ", which others use too" : "");
	add_evidence(f, facts, limit_of(facts->cgroup));
}
