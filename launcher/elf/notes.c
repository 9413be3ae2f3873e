/*
 * Notes of PT_NOTE segments (gABI, "Note Section"; Linux' and glibc's own kinds
 * in <elf.h>).  They are hints: what is malformed ends its segment's walk and is
 * otherwise passed over, as the kernel and glibc do.
 */
#include "elf/notes.h"

#include <errno.h>

#include "base/mem.h"
#include "elf/image_private.h"

#define NOTE_HEADER 12 /* three words: name size, descriptor size, type */
#define NAME_ROOM   64 /* longer owners are given cut */
#define GO_OWNER    "Go"
#define GO_BUILD_ID 4

struct walk {
	const struct gl_image *image;
	gl_note_fn each;
	void *arg;
	size_t budget; /* bytes still to be looked at */
};

/* size rounded up; len where that does not fit. */
static size_t padded(size_t size, size_t align, size_t len)
{
	size_t up;

	if (size > len)
		return len;
	up = (size + align - 1) / align * align;
	return GL_MIN(up, len);
}

static int call(const struct walk *w, uint32_t type, const unsigned char *name, size_t name_len,
		const unsigned char *desc, size_t desc_len)
{
	char owner[NAME_ROOM];
	size_t n = GL_MIN(name_len, sizeof(owner) - 1);

	memcpy(owner, name, n);
	owner[n] = '\0';
	return w->each(owner, type, desc, desc_len, w->arg);
}

/*
 * Names and descriptors are padded to 4 bytes, in segments aligned to 8 to 8
 * (glibc, ELF_NOTE_DESC_OFFSET; only GNU properties are).
 */
static int walk_bytes(const struct walk *w, const unsigned char *bytes, size_t len, size_t align)
{
	while (len >= NOTE_HEADER) {
		size_t name_len = (size_t)gl_image_value(w->image, bytes, 4);
		size_t desc_len = (size_t)gl_image_value(w->image, bytes + 4, 4);
		uint32_t type = (uint32_t)gl_image_value(w->image, bytes + 8, 4);
		size_t desc_at, next;
		int r;

		if (name_len > len - NOTE_HEADER)
			return 0;
		desc_at = padded(NOTE_HEADER + name_len, align, len);
		if (desc_len > len - desc_at)
			return 0;
		r = call(w, type, bytes + NOTE_HEADER, name_len, bytes + desc_at, desc_len);
		if (r)
			return r;
		next = padded(desc_at + desc_len, align, len);
		bytes += next;
		len -= next;
	}
	return 0;
}

static int walk_segment(struct walk *w, const struct gl_segment *s)
{
	size_t len = (size_t)GL_MIN(s->filesz, (uint64_t)w->budget);
	gl_autofree unsigned char *bytes = NULL;
	int r;

	if (len < NOTE_HEADER)
		return 0;
	bytes = malloc(len);
	if (!bytes)
		return -ENOMEM;
	w->budget -= len;
	r = gl_image_read(w->image, s->offset, bytes, len);
	if (r)
		return r == -ERANGE ? 0 : r;
	return walk_bytes(w, bytes, len, s->align == 8 ? 8 : 4);
}

int gl_image_each_note(const struct gl_image *image, gl_note_fn each, void *arg)
{
	struct walk w = {image, each, arg, GL_IMAGE_MAX_NOTES};

	for (size_t i = 0; i < image->segment_count; i++) {
		int r;

		if (image->segments[i].type != PT_NOTE)
			continue;
		r = walk_segment(&w, &image->segments[i]);
		if (r)
			return r;
	}
	return 0;
}

struct abi_tag {
	const struct gl_image *image;
	unsigned version[3];
};

/* "GNU", NT_GNU_ABI_TAG: system (0 is Linux), major, minor, patch. */
static int take_abi_tag(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len,
			void *arg)
{
	struct abi_tag *tag = arg;

	if (strcmp(name, ELF_NOTE_GNU) != 0 || type != NT_GNU_ABI_TAG || desc_len < 16 ||
	    gl_image_value(tag->image, desc, 4) != ELF_NOTE_OS_LINUX)
		return 0;
	for (size_t i = 0; i < 3; i++)
		tag->version[i] = (unsigned)gl_image_value(tag->image, desc + 4 + 4 * i, 4);
	return 1;
}

int gl_image_abi_kernel(const struct gl_image *image, unsigned ret_version[3])
{
	struct abi_tag tag = {.image = image};
	int r = gl_image_each_note(image, take_abi_tag, &tag);

	if (r < 0)
		return r;
	if (r == 0)
		return 1;
	memcpy(ret_version, tag.version, sizeof(tag.version));
	return 0;
}

struct isa {
	const struct gl_image *image;
	unsigned level;
};

static unsigned highest_bit(uint64_t bits)
{
	return bits ? 64 - (unsigned)__builtin_clzll(bits) : 0;
}

/* "GNU", NT_GNU_PROPERTY_TYPE_0: properties of {type, size, bytes}, padded to the class's word. */
static int take_isa(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	struct isa *isa = arg;
	size_t align = isa->image->header.elf_class == ELFCLASS64 ? 8 : 4;

	if (strcmp(name, ELF_NOTE_GNU) != 0 || type != NT_GNU_PROPERTY_TYPE_0)
		return 0;
	while (desc_len >= 8) {
		uint32_t property = (uint32_t)gl_image_value(isa->image, desc, 4);
		size_t size = (size_t)gl_image_value(isa->image, desc + 4, 4);
		size_t next;

		if (size > desc_len - 8)
			return 0;
		/* Bit 0 is the baseline, level 1. */
		if (property == GNU_PROPERTY_X86_ISA_1_NEEDED && size == 4)
			isa->level = highest_bit(gl_image_value(isa->image, desc + 8, 4) & 0xf);
		next = padded(8 + size, align, desc_len);
		desc += next;
		desc_len -= next;
	}
	return 0;
}

unsigned gl_image_isa_level(const struct gl_image *image)
{
	struct isa isa = {.image = image};

	if (image->header.machine != EM_X86_64 && image->header.machine != EM_386)
		return 0;
	/* The property is a hint for us: one that cannot be read demands nothing. */
	return gl_image_each_note(image, take_isa, &isa) < 0 ? 0 : isa.level;
}

/* The note of that owner and type, with at most room bytes. */
struct wanted {
	const char *name;
	uint32_t type;
	unsigned char *bytes;
	size_t room, len;
};

/* gl_note_fn: 1: found, 2: found and of no use. */
static int take_wanted(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	struct wanted *wanted = arg;

	if (strcmp(name, wanted->name) != 0 || type != wanted->type)
		return 0;
	if (!desc_len || desc_len > wanted->room)
		return 2;
	memcpy(wanted->bytes, desc, desc_len);
	wanted->len = desc_len;
	return 1;
}

/* Returns 0, 1: no such note or none of use, or -errno. */
static int read_note(const struct gl_image *image, struct wanted *wanted)
{
	int r = gl_image_each_note(image, take_wanted, wanted);

	return r < 0 ? r : r != 1;
}

int gl_image_build_id(const struct gl_image *image, unsigned char *bytes, size_t size, size_t *ret_len)
{
	struct wanted wanted = {.name = ELF_NOTE_GNU, .type = NT_GNU_BUILD_ID, .bytes = bytes, .room = size};
	int r = read_note(image, &wanted);

	if (!r)
		*ret_len = wanted.len;
	return r;
}

int gl_image_go_build_id(const struct gl_image *image, char *text, size_t size)
{
	unsigned char bytes[GL_GO_BUILD_ID_MAX];
	struct wanted wanted = {.name = GO_OWNER,
				.type = GO_BUILD_ID,
				.bytes = bytes,
				.room = GL_MIN(sizeof(bytes), size ? size - 1 : 0)};
	int r = read_note(image, &wanted);

	if (r)
		return r;
	if (memchr(bytes, '\0', wanted.len))
		return 1;
	memcpy(text, bytes, wanted.len);
	text[wanted.len] = '\0';
	return 0;
}
