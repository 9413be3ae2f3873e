/*
 * Generated ELF files, opened: see elfimage.h.
 */
#include "tests/lib/elfimage.h"

#include <check.h>
#include <unistd.h>

void elfimage_make(const struct elfgen *spec, struct elfimage *ret)
{
	*ret = (struct elfimage){.spec = *spec, .fd = -1};
	elfgen_make(spec, &ret->file);
}

void elfimage_open(struct elfimage *e)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	e->fd = elfgen_fd(e->file.bytes, e->file.len);
	r = gl_image_open(e->fd, &e->image, &err);
	ck_assert_msg(r == 0, "%s", err.msg);
}

void elfimage_init(const struct elfgen *spec, struct elfimage *ret)
{
	elfimage_make(spec, ret);
	elfimage_open(ret);
}

void elfimage_of_bytes(const void *bytes, size_t len, struct elfimage *ret)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	*ret = (struct elfimage){.fd = elfgen_fd(bytes, len)};
	r = gl_image_open(ret->fd, &ret->image, &err);
	ck_assert_msg(r == 0, "%s", err.msg);
}

void elfimage_done(struct elfimage *e)
{
	gl_image_free(e->image);
	if (e->fd >= 0)
		close(e->fd);
	elfgen_done(&e->file);
	e->image = NULL;
	e->fd = -1;
}

void elfimage_poke_phdr(struct elfimage *e, uint32_t type, size_t field, size_t size, uint64_t value)
{
	elfgen_poke(&e->spec, &e->file, elfgen_phdr(&e->spec, &e->file, type) + field, size, value);
}
