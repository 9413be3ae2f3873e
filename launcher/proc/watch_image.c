/*
 * What has been executed: the program that was examined, another Go program, our
 * own loader stub, or something else.
 *
 * A static program that was examined is known by its build id in memory.  Else the
 * file is the one behind /proc/PID/exe, whatever its name is by now.  Where that is
 * closed to us (root without CAP_SYS_PTRACE and a program of another user), the name
 * that execve was given leads to a file, and the comparison of code with memory
 * (watch_break.c) tells whether it is the right one.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "gobin/gobin.h"
#include "proc/watch_private.h"

#define VECTOR_ENTRIES	  64	     /* AT_VECTOR_SIZE of the kernel is less */
#define ENVIRONMENT_WORDS (1u << 18) /* 2 MiB: what a stack of 8 MiB gives to arguments (execve(2)) */
#define PROC_PATH	  40

struct aux {
	uint64_t type, value;
};

static void take_vector(struct gl_watch_vector *v, const struct aux *aux, size_t count)
{
	for (size_t i = 0; i < count && aux[i].type != AT_NULL; i++) {
		if (aux[i].type == AT_ENTRY)
			v->entry = aux[i].value;
		else if (aux[i].type == AT_BASE)
			v->base = aux[i].value;
		else if (aux[i].type == AT_EXECFN)
			v->execfn = aux[i].value;
	}
	v->known = v->entry != 0;
}

static void vector_from_proc(struct gl_watch *w)
{
	struct aux aux[VECTOR_ENTRIES];
	gl_autoclose int fd = -1;
	char path[PROC_PATH];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)w->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, aux, sizeof(aux));
	if (n > 0)
		take_vector(&w->vector, aux, (size_t)n / sizeof(aux[0]));
}

/* At the exec stop the stack is as the kernel made it: argc, argv, NULL, envp, NULL, auxv. */
static void vector_from_stack(struct gl_watch *w)
{
	struct aux aux[VECTOR_ENTRIES] = {{.type = AT_NULL}};
	struct gl_registers registers;
	uint64_t at, word = 1;
	size_t count = 0;

	if (gl_tracee_registers(w->pid, &registers))
		return;
	at = gl_register(&registers, w->layout->sp);
	if (gl_tracee_peek(w->pid, at, &word) || word > ENVIRONMENT_WORDS)
		return;
	at += (word + 2) * sizeof(word);
	for (unsigned i = 0; word && i < ENVIRONMENT_WORDS; i++, at += sizeof(word))
		if (gl_tracee_peek(w->pid, at, &word))
			return;
	do {
		if (gl_tracee_read(w->pid, at, &aux[count], sizeof(aux[count])))
			return;
		at += sizeof(aux[count]);
	} while (aux[count++].type != AT_NULL && count < VECTOR_ENTRIES);
	take_vector(&w->vector, aux, count);
}

const struct gl_watch_vector *gl_watch_vector(struct gl_watch *w)
{
	bool fresh = w->state != GL_WATCH_EXITING && !w->vector.tried;

	if (fresh) {
		w->vector.tried = true;
		vector_from_proc(w);
		if (!w->vector.known)
			vector_from_stack(w);
		w->record.interpreter = w->vector.base;
	}
	return &w->vector;
}

bool gl_watch_string(const struct gl_watch *w, uint64_t at, char *text, size_t room)
{
	for (size_t len = 0; len < room;) {
		size_t part = GL_MIN(sizeof(uint64_t) - at % sizeof(uint64_t), room - len);

		if (gl_tracee_read(w->pid, at, text + len, part))
			return false;
		if (memchr(text + len, '\0', part))
			return *text;
		at += part;
		len += part;
	}
	return false;
}

/* Whose file is it?  Returns 0 with a path that can be opened now, or -errno. */
static int find_file(struct gl_watch *w, char *path, size_t room, struct stat *ret_st)
{
	snprintf(path, room, "/proc/%d/exe", (int)w->pid);
	if (stat(path, ret_st) == 0)
		return 0;
	if (!gl_watch_vector(w)->known || !gl_watch_string(w, w->vector.execfn, path, room))
		return -EACCES;
	snprintf(w->record.path, sizeof(w->record.path), "%s", path);
	return stat(path, ret_st) ? -errno : 0;
}

/*
 * Asking /proc takes longer than all else at this stop.  The vector is not asked for
 * either, now or later: such a program is where its file says, and has no loader.
 */
static bool recognise(struct gl_watch *w)
{
	const struct gl_watch_id *id = &w->known.id;
	uint64_t there;

	if (!id->address || gl_tracee_peek(w->pid, id->address, &there) != 0 || there != id->word)
		return false;
	w->vector.tried = true;
	return true;
}

/* A file that is not the known one: opened as the other target.  Returns 0 or -errno. */
static int open_other(struct gl_watch *w, const char *path, const struct stat *st)
{
	struct gl_watch_target *t = &w->other;
	struct gl_err err = GL_ERR_INIT;
	int r;

	gl_watch_target_done(t);
	r = gl_file_open_regular(path);
	if (r < 0)
		return r;
	t->fd = r;
	r = gl_fd_raise(&t->fd, &err);
	if (!r)
		r = gl_image_open(t->fd, &t->own, &err);
	if (r)
		return r;
	t->image = t->own;
	t->dev = st->st_dev;
	t->ino = st->st_ino;
	return 0;
}

/* The target for that file; NULL: it cannot be read. */
static struct gl_watch_target *target_of(struct gl_watch *w, const char *path, const struct stat *st,
					 int *ret_errno)
{
	int r;

	if (w->known.image && w->known.dev == st->st_dev && w->known.ino == st->st_ino)
		return &w->known;
	r = open_other(w, path, st);
	*ret_errno = -r;
	return r ? NULL : &w->other;
}

/* The known one was told to be Go by its examination. */
static bool is_go(struct gl_watch_target *t)
{
	struct gl_gobin gobin = GL_GOBIN_INIT;
	struct gl_err err = GL_ERR_INIT;
	bool yes;

	if (!t->own)
		return true;
	if (gl_image_defect(t->image) != GL_IMAGE_SOUND || gl_gobin_read(t->own, &gobin, &err))
		return false;
	yes = !gobin.packed && (gobin.kind == GL_GOBIN_YES || gobin.kind == GL_GOBIN_BARE);
	gl_gobin_done(&gobin);
	return yes;
}

static void watch_go(struct gl_watch *w, struct gl_watch_target *t, uint64_t bias)
{
	gl_watch_target_search(t, w->trace != NULL);
	if (t->answer != GL_WATCH_ON) {
		gl_watch_leave(w, t->answer, t->errnum);
		return;
	}
	w->target = t;
	w->record.bias = bias;
	gl_watch_break_set(w);
}

/* An image that is none of ours: the next one may be. */
static void follow(struct gl_watch *w, enum gl_watch_answer answer, int errnum)
{
	int r = w->config.follow ? gl_watch_enter(w, GL_WATCH_CHAIN) : -EPERM;

	if (r) {
		gl_watch_leave(w, answer, errnum);
		return;
	}
	w->record.phase = GL_PHASE_UNKNOWN;
	gl_tracee_continue(w->pid, 0);
}

/* Asks the stub to stop.  Its flags in memory must be what the file has. */
static bool flag_stub(struct gl_watch *w, const struct gl_image *image, uint64_t place, uint64_t bias)
{
	uint32_t wanted, there;

	if (gl_image_read_vaddr(image, place, &wanted, sizeof(wanted)) != 0 ||
	    gl_tracee_read(w->pid, bias + place, &there, sizeof(there)) != 0 || there != wanted)
		return false;
	wanted |= w->config.stub_flag;
	return gl_watch_enter(w, GL_WATCH_STUB) == 0 &&
	       gl_tracee_write(w->pid, bias + place, &wanted, sizeof(wanted)) == 0;
}

/* Position-independent programs are where the kernel put their entry. */
static bool find_bias(struct gl_watch *w, const struct gl_image *image, uint64_t *ret)
{
	const struct gl_image_header *header = gl_image_header(image);

	if (header->type == ET_EXEC) {
		*ret = 0;
		return true;
	}
	if (!gl_watch_vector(w)->known)
		return false;
	*ret = w->vector.entry - header->entry;
	return true;
}

static void look_at(struct gl_watch *w, struct gl_watch_target *t)
{
	uint64_t place, bias = 0;
	bool placed = find_bias(w, t->image, &bias);

	if (placed && t->own && w->config.find_stub && w->config.find_stub(t->image, &place) == 0) {
		w->record.is_stub = true;
		if (flag_stub(w, t->image, place, bias)) {
			w->record.phase = GL_PHASE_LOADER;
			gl_tracee_continue(w->pid, 0);
			return;
		}
	}
	if (placed && is_go(t))
		watch_go(w, t, bias);
	else
		follow(w, GL_WATCH_NOT_GO, 0);
}

/* What was kept of the one before is no evidence of this one. */
static void forget_image(struct gl_watch *w)
{
	struct gl_watch_record *record = &w->record;

	w->breakpoint = 0; /* gone with the memory it was in */
	w->target = NULL;
	w->vector = (struct gl_watch_vector){.tried = false};
	w->faults = 0;
	record->is_stub = record->has_image = false;
	if (record->execs == 0)
		return;
	record->path[0] = '\0';
	record->fault.seen = record->asked.seen = false;
}

/* The image that runs now; NULL: it cannot be read. */
static struct gl_watch_target *find_target(struct gl_watch *w, int *ret_errno)
{
	char path[GL_WATCH_MAX_PATH];
	struct stat st;
	int r;

	if (recognise(w))
		return &w->known;
	r = find_file(w, path, sizeof(path), &st);
	*ret_errno = -r;
	return r ? NULL : target_of(w, path, &st, ret_errno);
}

void gl_watch_look(struct gl_watch *w)
{
	struct gl_watch_target *t;
	int errnum = 0;

	forget_image(w);
	w->record.exec_ns = gl_watch_now(w);
	gl_watch_inits_image(w);
	if (++w->record.execs > GL_WATCH_MAX_EXECS) {
		gl_watch_leave(w, GL_WATCH_TOO_MANY, 0);
		return;
	}
	t = find_target(w, &errnum);
	if (t)
		look_at(w, t);
	else
		follow(w, GL_WATCH_UNREADABLE, errnum);
}

/* The program behind the stub; bias and path are what it says. */
static void look_behind(struct gl_watch *w, const char *path, uint64_t bias)
{
	struct gl_watch_target *t = NULL;
	struct stat st;
	int errnum = 0;

	if (stat(path, &st))
		errnum = errno;
	else
		t = target_of(w, path, &st, &errnum);
	if (!t) {
		gl_watch_leave(w, GL_WATCH_UNREADABLE, errnum);
		return;
	}
	snprintf(w->record.path, sizeof(w->record.path), "%s", path);
	if (is_go(t))
		watch_go(w, t, bias);
	else
		gl_watch_leave(w, GL_WATCH_NOT_GO, 0);
}

bool gl_watch_meet(struct gl_watch *w)
{
	const struct gl_register_layout *l = w->layout;
	struct gl_registers registers;
	char path[GL_WATCH_MAX_PATH];
	siginfo_t info;

	/* A breakpoint's, not kill(2)'s. */
	if (gl_tracee_siginfo(w->pid, &info) || info.si_code <= 0 || gl_tracee_registers(w->pid, &registers))
		return false;
	if (!l->breakpoint_past) {
		registers.words[l->pc] += l->breakpoint_size;
		if (gl_tracee_set_registers(w->pid, &registers))
			return false;
	}
	if (!gl_watch_string(w, gl_register(&registers, l->parameters[1]), path, sizeof(path)))
		gl_watch_leave(w, GL_WATCH_UNREADABLE, EFAULT);
	else
		look_behind(w, path, gl_register(&registers, l->parameters[0]));
	return true;
}
