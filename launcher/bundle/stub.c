/*
 * Copies of the loader stub with their slot filled in, and telling a stub from
 * other programs: see bundle/stub.h.
 *
 * In golaunch's own stub the slot is found by its note's header, whose 24 bytes
 * are ours and occur once; a stranger's file is read as any ELF image is.
 */
#include <elf.h>
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "bundle/stub.h"
#include "elf/notes.h"

/* The note as the compiler laid it out (gABI, "Note Section"): the name padded to 4 bytes. */
struct note {
	Elf64_Nhdr header; /* of the same form in 32 bits */
	char name[(sizeof(GL_STUB_NOTE_NAME) + 3) / 4 * 4];
};

static const struct note own_note = {
	.header = {.n_namesz = sizeof(GL_STUB_NOTE_NAME),
		   .n_descsz = sizeof(struct gl_stub_slot),
		   .n_type = GL_STUB_NOTE_TYPE},
	.name = GL_STUB_NOTE_NAME,
};

static struct gl_stub_slot *find_slot(unsigned char *image, size_t size)
{
	unsigned char *at = memmem(image, size, &own_note, sizeof(own_note));

	if (!at || (size_t)(image + size - at) < sizeof(own_note) + sizeof(struct gl_stub_slot))
		return NULL;
	return (struct gl_stub_slot *)(void *)(at + sizeof(own_note));
}

static int put_path(char room[GL_STUB_PATH_MAX], const char *path, struct gl_err *err)
{
	size_t len = path ? strlen(path) : 0;
	gl_autofree char *shown = NULL;

	memset(room, 0, GL_STUB_PATH_MAX);
	if (len < GL_STUB_PATH_MAX) {
		memcpy(room, path ? path : "", len);
		return 0;
	}
	shown = gl_escape_dup(path, 80);
	return gl_err_sys(err, ENAMETOOLONG, "cannot make a stub for '%s'", shown ? shown : "");
}

int gl_stub_make(const struct gl_stub_config *config, unsigned char **ret, size_t *ret_size,
		 struct gl_err *err)
{
	struct gl_stub_slot *slot;
	size_t size;
	const unsigned char *built = gl_stub_image(&size);
	gl_autofree unsigned char *image = malloc(size);
	int r;

	if (!image)
		return gl_err_sys(err, ENOMEM, "cannot make a stub");
	memcpy(image, built, size);
	slot = find_slot(image, size);
	if (!slot || slot->version != GL_STUB_VERSION)
		return gl_err_set(err, ENOEXEC, "the stub that golaunch was built with has no slot");
	slot->flags = config->flags;
	r = put_path(slot->program, config->program, err);
	if (!r)
		r = put_path(slot->lib, config->lib, err);
	if (r)
		return r;
	*ret = GL_TAKE_PTR(image);
	*ret_size = size;
	return 0;
}

static int take_slot(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	struct gl_stub_slot *slot = arg;

	if (strcmp(name, GL_STUB_NOTE_NAME) != 0 || type != GL_STUB_NOTE_TYPE || desc_len < sizeof(*slot))
		return 0;
	memcpy(slot, desc, sizeof(*slot));
	slot->program[sizeof(slot->program) - 1] = '\0';
	slot->lib[sizeof(slot->lib) - 1] = '\0';
	return 1;
}

int gl_stub_read(const struct gl_image *image, struct gl_stub_slot *ret)
{
	gl_autofree struct gl_stub_slot *slot = malloc(sizeof(*slot));
	int r = slot ? gl_image_each_note(image, take_slot, slot) : -ENOMEM;

	if (r == 1)
		*ret = *slot;
	return r;
}

/* The linker gives the note a segment of its own. */
static bool holds_slot(const struct gl_image *image, const struct gl_segment *segment)
{
	struct note note;
	uint32_t version;

	return segment->type == PT_NOTE && segment->filesz >= sizeof(note) + sizeof(struct gl_stub_slot) &&
	       gl_image_read(image, segment->offset, &note, sizeof(note)) == 0 &&
	       !memcmp(&note, &own_note, sizeof(note)) &&
	       gl_image_read(image, segment->offset + sizeof(note), &version, sizeof(version)) == 0 &&
	       version == GL_STUB_VERSION;
}

int gl_stub_flags_address(const struct gl_image *image, uint64_t *ret_vaddr)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);

	for (size_t i = 0; i < count; i++)
		if (holds_slot(image, &segments[i])) {
			*ret_vaddr = segments[i].vaddr + sizeof(struct note) +
				     offsetof(struct gl_stub_slot, flags);
			return 0;
		}
	return 1;
}
