/*
 * System calls in words: see proc/call.h.
 *
 * Each argument is told into room of its own first, so that a call that is too long
 * ends between two arguments.  Nothing is allocated.
 */
#include "proc/call_private.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <string.h>

#include "policy/syscalls.h"
#include "proc/signals.h"

#define ARGUMENT_ROOM 320
#define CUT	      "..."

bool gl_call_is_wide(const struct gl_call *call)
{
	return call->arch & __AUDIT_ARCH_64BIT;
}

uint64_t gl_call_argument(const struct gl_call_decoding *d, unsigned index)
{
	uint64_t value = index < GL_CALL_ARGUMENTS ? d->call->arguments[index] : 0;

	return gl_call_is_wide(d->call) ? value : (uint32_t)value;
}

bool gl_call_read(const struct gl_call_decoding *d, uint64_t address, void *bytes, size_t len)
{
	return address && d->source->read && d->source->read(d->source->arg, address, bytes, len) >= 0;
}

void gl_call_name(uint32_t arch, uint64_t number, char name[GL_CALL_NAME])
{
	for (size_t i = 0; i < gl_machine_table_count && number <= UINT32_MAX; i++) {
		const struct gl_machine_calls *m = &gl_machine_table[i];
		const struct gl_abi *abi = gl_abi_of(m, arch, (uint32_t)number);
		uint32_t plain = abi && abi->x32 ? (uint32_t)number & ~GL_X32_BIT : (uint32_t)number;
		uint16_t call = abi ? gl_syscall_at(abi, plain) : GL_CALL_NONE;

		if (call != GL_CALL_NONE) {
			snprintf(name, GL_CALL_NAME, "%s", m->calls[call].name);
			return;
		}
	}
	snprintf(name, GL_CALL_NAME, "system call %" PRIu64, number);
}

/* -- numbers -- */

static void put_int(struct gl_call_decoding *d, unsigned index)
{
	gl_buf_printf(d->b, "%d", (int)(int32_t)gl_call_argument(d, index));
}

static void put_unsigned(struct gl_call_decoding *d, unsigned index)
{
	gl_buf_printf(d->b, "%" PRIu64, gl_call_argument(d, index));
}

static void put_long(struct gl_call_decoding *d, unsigned index)
{
	uint64_t value = gl_call_argument(d, index);

	gl_buf_printf(d->b, "%" PRId64, gl_call_is_wide(d->call) ? (int64_t)value : (int32_t)value);
}

static void put_hex(struct gl_call_decoding *d, unsigned index)
{
	gl_buf_printf(d->b, "%#" PRIx64, gl_call_argument(d, index));
}

static void put_mode(struct gl_call_decoding *d, unsigned index)
{
	gl_buf_printf(d->b, "%#o", (unsigned)gl_call_argument(d, index));
}

static void put_open_mode(struct gl_call_decoding *d, unsigned index)
{
	uint64_t flags = index ? gl_call_argument(d, index - 1) : 0;

	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		put_mode(d, index);
}

void gl_call_put_fd(struct gl_call_decoding *d, int fd)
{
	char room[GL_CALL_OBJECT];
	struct gl_buf what = GL_BUF_FIXED(room);

	gl_buf_printf(d->b, "%d", fd);
	if (fd >= 0 && d->source->describe)
		d->source->describe(d->source->arg, fd, &what);
	if (what.len)
		gl_buf_printf(d->b, " <%s>", gl_buf_text(&what));
}

static void put_fd(struct gl_call_decoding *d, unsigned index)
{
	gl_call_put_fd(d, (int32_t)gl_call_argument(d, index));
}

static void put_directory(struct gl_call_decoding *d, unsigned index)
{
	int fd = (int32_t)gl_call_argument(d, index);

	if (fd == AT_FDCWD)
		gl_buf_puts(d->b, "AT_FDCWD");
	else
		gl_call_put_fd(d, fd);
}

static void put_signal(struct gl_call_decoding *d, unsigned index)
{
	char room[GL_SIGNAL_NAME_ROOM];
	int signo = (int32_t)gl_call_argument(d, index);

	if (signo > 0 && signo < NSIG)
		gl_buf_puts(d->b, gl_signals_name(signo, room));
	else
		gl_buf_printf(d->b, "%d", signo);
}

static void put_nothing(struct gl_call_decoding *d, unsigned index)
{
	(void)d;
	(void)index;
}

/* -- the call -- */

typedef void put_argument(struct gl_call_decoding *d, unsigned index);

/* Kinds that are not words. */
static put_argument *const put_by_kind[GL_CALL_WORDS] = {
	[GL_CALL_INT] = put_int,
	[GL_CALL_UNSIGNED] = put_unsigned,
	[GL_CALL_LONG] = put_long,
	[GL_CALL_HEX] = put_hex,
	[GL_CALL_MODE] = put_mode,
	[GL_CALL_OPEN_MODE] = put_open_mode,
	[GL_CALL_FD] = put_fd,
	[GL_CALL_DIRECTORY] = put_directory,
	[GL_CALL_SIGNAL] = put_signal,
	[GL_CALL_POINTER] = gl_call_put_pointer,
	[GL_CALL_PATH] = gl_call_put_path,
	[GL_CALL_BYTES] = gl_call_put_bytes,
	[GL_CALL_ADDRESS] = gl_call_put_sockaddr,
	[GL_CALL_MESSAGE] = gl_call_put_message,
	[GL_CALL_TIMESPEC] = gl_call_put_timespec,
	[GL_CALL_FUTEX_TIMESPEC] = gl_call_put_futex_timespec,
	[GL_CALL_POLLFDS] = gl_call_put_pollfds,
	[GL_CALL_STRINGS] = gl_call_put_strings,
	[GL_CALL_CLONE_ARGS] = gl_call_put_clone_args,
	[GL_CALL_LENGTH] = put_nothing,
};

static void put(struct gl_call_decoding *d, unsigned index)
{
	enum gl_call_kind kind = d->row ? d->row->kinds[index] : GL_CALL_HEX;

	if (kind >= GL_CALL_WORDS)
		gl_call_put_words(d->b, kind, gl_call_argument(d, index));
	else if (put_by_kind[kind])
		put_by_kind[kind](d, index);
}

/* Arguments that are told as nothing leave no gap.  Returns false if there is no more room. */
static bool append_argument(struct gl_buf *b, struct gl_call_decoding *d, unsigned index, size_t first)
{
	char room[ARGUMENT_ROOM];
	struct gl_buf argument = GL_BUF_FIXED(room);
	const char *comma = b->len > first ? ", " : "";

	d->b = &argument;
	put(d, index);
	if (gl_buf_error(&argument)) {
		argument = GL_BUF_FIXED(room);
		gl_buf_puts(&argument, CUT);
	}
	/* what still must fit behind it: ", ...)" */
	if (b->len + strlen(comma) + argument.len + sizeof(", " CUT ")") > b->room) {
		gl_buf_printf(b, "%s" CUT, comma);
		return false;
	}
	if (argument.len)
		gl_buf_printf(b, "%s%s", comma, gl_buf_text(&argument));
	return true;
}

static bool ends_at(const struct gl_call_decoding *d, unsigned index)
{
	return index == GL_CALL_ARGUMENTS || (d->row && d->row->kinds[index] == GL_CALL_END);
}

static struct gl_call_decoding begin(const struct gl_call *call, const struct gl_call_source *source,
				     char name[GL_CALL_NAME])
{
	gl_call_name(call->arch, call->number, name);
	return (struct gl_call_decoding){.call = call, .source = source, .row = gl_call_row(name)};
}

void gl_call_text(const struct gl_call *call, const struct gl_call_source *source, char text[GL_CALL_TEXT])
{
	char name[GL_CALL_NAME];
	struct gl_call_decoding d = begin(call, source, name);
	struct gl_buf b = {.data = text, .room = GL_CALL_TEXT, .fixed = true};
	size_t first;

	gl_buf_printf(&b, "%s(", name);
	first = b.len;
	for (unsigned i = 0; !ends_at(&d, i); i++)
		if (!append_argument(&b, &d, i, first))
			break;
	gl_buf_putc(&b, ')');
}

/* The argument that the call is about, or GL_CALL_ARGUMENTS. */
static unsigned object_of(const struct gl_call_decoding *d)
{
	unsigned descriptor = GL_CALL_ARGUMENTS;

	for (unsigned i = 0; d->row && i < GL_CALL_ARGUMENTS; i++) {
		if (d->row->kinds[i] == GL_CALL_ADDRESS || d->row->kinds[i] == GL_CALL_PATH)
			return i;
		if (d->row->kinds[i] == GL_CALL_FD && descriptor == GL_CALL_ARGUMENTS)
			descriptor = i;
	}
	return descriptor;
}

void gl_call_object(const struct gl_call *call, const struct gl_call_source *source,
		    char object[GL_CALL_OBJECT])
{
	char name[GL_CALL_NAME];
	struct gl_call_decoding d = begin(call, source, name);
	struct gl_buf b = {.data = object, .room = GL_CALL_OBJECT, .fixed = true};
	unsigned index = object_of(&d);

	object[0] = '\0';
	d.b = &b;
	if (index == GL_CALL_ARGUMENTS)
		return;
	if (d.row->kinds[index] == GL_CALL_PATH)
		gl_call_put_string(&d, &b, gl_call_argument(&d, index), GL_CALL_OBJECT / 2, true);
	else if (d.row->kinds[index] == GL_CALL_ADDRESS)
		gl_call_put_sockaddr(&d, index);
	else if (source->describe)
		source->describe(source->arg, (int32_t)gl_call_argument(&d, index), &b);
}
