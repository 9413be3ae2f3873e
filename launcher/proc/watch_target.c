/*
 * What is searched for in a Go program's file before it can be watched.
 */
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "elf/notes.h"
#include "gobin/insn.h"
#include "gobin/gobin.h"
#include "gobin/starter.h"
#include "proc/watch_private.h"

#define MAX_NOTES 1024
#define GO_BUILD_ID                                                                                          \
	83 /* four hashes (cmd/go/internal/work/buildid.go); -ldflags=-buildid= may say anything */
#define FIRST_CALLED "runtime.systemstack" /* by runtime.main, to start sysmon */

static enum gl_watch_answer answer_of(int pclntab)
{
	return pclntab == GL_PCLNTAB_OBFUSCATED ? GL_WATCH_OBFUSCATED : GL_WATCH_NOT_GO;
}

/* The code there is kept, to be compared with the memory.  Returns 0, 1: there is none, or -errno. */
static int keep_site(struct gl_watch_target *t, enum gl_watch_site_kind kind, uint64_t address, uint8_t size)
{
	struct gl_watch_site site = {.address = address, .size = size};
	int r = gl_image_read_vaddr(t->image, address, site.code, size);

	if (!r)
		t->sites[kind] = site;
	return r == -ERANGE ? 1 : r;
}

static int find_init_end(struct gl_watch_target *t, const struct gl_register_layout *l)
{
	uint64_t address;
	int r = gl_insn_init_end(t->table, &address);

	return r ? r : keep_site(t, GL_WATCH_SITE_END, address, l->call_size);
}

/* -- for a trace; what is not found is not there -- */

static int find_function(struct gl_watch_target *t, const char *name, enum gl_watch_site_kind kind)
{
	uint64_t address;
	int r = gl_pclntab_find(t->table, name, &address);

	return r ? r : keep_site(t, kind, address, GL_REGISTERS_INSTRUCTION);
}

/* The first call of that function in runtime.main; its target is kept too. */
static int find_call(struct gl_watch_target *t, const char *name, enum gl_watch_site_kind kind,
		     enum gl_watch_led led)
{
	uint64_t runtime_main, callee, call;
	size_t count;
	int r = gl_pclntab_find(t->table, "runtime.main", &runtime_main);

	if (!r)
		r = gl_pclntab_find(t->table, name, &callee);
	if (!r)
		r = gl_insn_calls(t->table, runtime_main, callee, &call, 1, &count);
	if (r || !count)
		return r ? r : 1;
	t->stamps.targets[led] = callee;
	return keep_site(t, kind, call, gl_arch_native()->registers->call_size);
}

/* With C in it C's own start-up comes first, or a loader. */
static bool is_entered_by_runtime(struct gl_watch_target *t)
{
	uint64_t entry = gl_image_header(t->image)->entry, start;

	return gl_pclntab_bounds(t->table, entry, &start, NULL) == 0 && start == entry;
}

static int find_trace(struct gl_watch_target *t, struct gl_err *err)
{
	int r = keep_site(t, GL_WATCH_SITE_ENTRY, gl_image_header(t->image)->entry, GL_REGISTERS_INSTRUCTION);

	if (r >= 0)
		r = find_function(t, "runtime.schedinit", GL_WATCH_SITE_SCHEDINIT);
	if (r >= 0)
		r = find_call(t, FIRST_CALLED, GL_WATCH_SITE_MAIN, GL_WATCH_LED_MAIN);
	if (r >= 0)
		r = find_call(t, "runtime.gcenable", GL_WATCH_SITE_GCENABLE, GL_WATCH_LED_GCENABLE);
	if (r >= 0)
		r = gl_watch_stamps_find(t, err);
	t->stamps.no_c = !gl_image_interpreter(t->image) && is_entered_by_runtime(t);
	return GL_MIN(r, 0);
}

/* -- which file it is -- */

static uint64_t place_in(const struct gl_image *image, const struct gl_segment *segment, const char *text,
			 size_t len)
{
	char bytes[MAX_NOTES];
	const char *found;

	if (segment->type != PT_NOTE || segment->filesz > sizeof(bytes) ||
	    gl_image_read(image, segment->offset, bytes, segment->filesz) != 0)
		return 0;
	found = memmem(bytes, segment->filesz, text, len);
	return found ? segment->vaddr + (uint64_t)(found - bytes) : 0;
}

static void find_id(struct gl_watch_target *t)
{
	char id[GL_GO_BUILD_ID_MAX];
	uint64_t start = 0, place;
	size_t len, count;
	const struct gl_segment *segments = gl_image_segments(t->image, &count);

	if (gl_image_header(t->image)->type != ET_EXEC || gl_image_interpreter(t->image) ||
	    gl_image_go_build_id(t->image, id, sizeof(id)) != 0)
		return;
	len = strlen(id);
	if (len != GO_BUILD_ID)
		return;
	for (size_t i = 0; i < count && !start; i++)
		start = place_in(t->image, &segments[i], id, len);
	place = (start + len) / sizeof(t->id.word) * sizeof(t->id.word) - sizeof(t->id.word);
	if (!start)
		return;
	t->id.address = place;
	memcpy(&t->id.word, id + (place - start), sizeof(t->id.word));
}

/* All that will be asked for, in one pass. */
static int expect_names(struct gl_watch_target *t)
{
	static const char *const names[] = {
		"runtime.main", "runtime.closechan",   "runtime.schedinit",   "runtime.gcenable",
		FIRST_CALLED,	GL_WATCH_STAMPS_PLACE, GL_WATCH_CALLS_KERNEL,
	};

	return gl_pclntab_expect(t->table, names, GL_ARRAY_SIZE(names));
}

/* Returns an enum gl_watch_answer or -errno. */
static int search(struct gl_watch_target *t, bool trace, struct gl_err *err)
{
	const struct gl_arch *arch = gl_arch_native();
	const struct gl_image_header *header = gl_image_header(t->image);
	int r;

	if (header->machine != arch->elf_machine || header->elf_class != arch->elf_class)
		return GL_WATCH_NO_MACHINE;
	r = gl_pclntab_open(t->image, &t->table, err);
	if (r != GL_PCLNTAB_OPEN)
		return r < 0 ? r : (int)answer_of(r);
	/* only the main thread is traced: another would die of the breakpoint */
	r = gl_starter_is_main_thread(t->table);
	if (r)
		return r < 0 ? r : GL_WATCH_ARCHIVE;
	r = trace ? expect_names(t) : 0;
	if (!r)
		r = find_init_end(t, arch->registers);
	if (!r && trace)
		r = find_trace(t, err);
	return r <= 0 ? r : GL_WATCH_NO_INIT_END;
}

void gl_watch_target_search(struct gl_watch_target *t, bool trace)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	if (t->searched)
		return;
	t->searched = true;
	find_id(t);
	r = search(t, trace, &err);
	t->answer = r < 0 ? GL_WATCH_UNREADABLE : (enum gl_watch_answer)r;
	t->errnum = r < 0 ? -r : 0;
}

void gl_watch_target_done(struct gl_watch_target *t)
{
	gl_inittasks_done(&t->tasks);
	gl_watch_stamps_done(&t->stamps);
	gl_pclntab_free(t->table);
	gl_image_free(t->own);
	gl_fd_close(&t->fd);
	*t = GL_WATCH_TARGET_INIT;
}
