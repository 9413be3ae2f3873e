/*
 * What is searched for in a Go program's file before it can be watched.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "gobin/insn.h"
#include "gobin/gobin.h"
#include "proc/watch_private.h"

static enum gl_watch_answer answer_of(int pclntab)
{
	return pclntab == GL_PCLNTAB_OBFUSCATED ? GL_WATCH_OBFUSCATED : GL_WATCH_NOT_GO;
}

/* Returns an enum gl_watch_answer or -errno. */
static int search(struct gl_watch_target *t, struct gl_err *err)
{
	const struct gl_arch *arch = gl_arch_native();
	const struct gl_image_header *header = gl_image_header(t->image);
	int r;

	if (header->machine != arch->elf_machine || header->elf_class != arch->elf_class)
		return GL_WATCH_NO_MACHINE;
	r = gl_pclntab_open(t->image, &t->table, err);
	if (r != GL_PCLNTAB_OPEN)
		return r < 0 ? r : (int)answer_of(r);
	r = gl_insn_init_end(t->table, &t->address);
	if (!r)
		r = gl_image_read_vaddr(t->image, t->address, t->call, arch->registers->call_size);
	return r <= 0 ? r : GL_WATCH_NO_INIT_END;
}

void gl_watch_target_search(struct gl_watch_target *t)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	if (t->searched)
		return;
	t->searched = true;
	r = search(t, &err);
	t->answer = r < 0 ? GL_WATCH_UNREADABLE : (enum gl_watch_answer)r;
	t->errnum = r < 0 ? -r : 0;
}

void gl_watch_target_done(struct gl_watch_target *t)
{
	gl_inittasks_done(&t->tasks);
	gl_pclntab_free(t->table);
	gl_image_free(t->own);
	gl_fd_close(&t->fd);
	*t = GL_WATCH_TARGET_INIT;
}
