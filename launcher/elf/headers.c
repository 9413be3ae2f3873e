/*
 * ELF header, program headers and PT_INTERP, and what is wrong with them.
 *
 * The judge is the kernel (fs/binfmt_elf.c): what it takes is sound here, odd
 * as it may look, so that no program is refused that would have run.  The
 * order in which defects are looked for is that of usefulness: a file cut short
 * is called that, and not by the table that happens to be missing.
 */
#include <errno.h>
#include <inttypes.h>

#include "arch/arch.h"
#include "base/mem.h"
#include "elf/image_private.h"

#define INTERPRETER_MIN 2    /* one character and its NUL */
#define INTERPRETER_MAX 4096 /* PATH_MAX */
#define SMALLEST_PAGE	4096 /* of all machines Linux runs on */

/*
 * Does the header make sense to a kernel of that machine, which reads it in
 * its own way and looks at neither EI_CLASS nor EI_DATA?
 */
static bool reads_as(struct gl_image *image, uint16_t machine, uint8_t elf_class, bool big_endian)
{
	GElf_Ehdr h;

	image->header.elf_class = elf_class;
	image->header.data = big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	return machine != EM_NONE && !gl_image_read_ehdr(image, &h) && h.e_machine == machine &&
	       h.e_phentsize == gl_image_record_size(image, ELF_T_PHDR);
}

/* Settles header.elf_class and header.data: as this machine's kernel reads the file, else as the file says. */
static bool settle_layout(struct gl_image *image, const unsigned char ident[EI_NIDENT])
{
	const struct gl_arch *native = gl_arch_native();

	if (reads_as(image, native->elf_machine, native->elf_class, native->big_endian) ||
	    reads_as(image, native->compat_machine, ELFCLASS32, native->big_endian))
		return true;
	image->header.elf_class = ident[EI_CLASS];
	image->header.data = ident[EI_DATA];
	return (ident[EI_CLASS] == ELFCLASS32 || ident[EI_CLASS] == ELFCLASS64) &&
	       (ident[EI_DATA] == ELFDATA2LSB || ident[EI_DATA] == ELFDATA2MSB);
}

static int defect(struct gl_image *image, enum gl_image_defect what, const char *text)
{
	gl_image_set_defect(image, what, "%s", text);
	return 1;
}

/* The first bytes: is it ELF at all, and can it be read? */
static int load_ident(struct gl_image *image)
{
	unsigned char ident[EI_NIDENT] = {0};
	int r;

	if (image->size == 0)
		return defect(image, GL_IMAGE_EMPTY, "the file is empty");
	r = gl_image_read(image, 0, ident, (size_t)GL_MIN(image->size, (uint64_t)EI_NIDENT));
	if (r)
		return r;
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return defect(image, GL_IMAGE_NOT_ELF, "the file does not start with the ELF magic");
	if (image->size >= EI_NIDENT) {
		image->header.ident_class = ident[EI_CLASS];
		image->header.ident_data = ident[EI_DATA];
		image->header.ident_version = ident[EI_VERSION];
		image->header.osabi = ident[EI_OSABI];
		image->header.abiversion = ident[EI_ABIVERSION];
	}
	if (image->size < sizeof(Elf32_Ehdr)) {
		gl_image_set_defect(image, GL_IMAGE_HEADER_TRUNCATED,
				    "the file ends at %" PRIu64 ", inside the ELF header", image->size);
		return 1;
	}
	if (settle_layout(image, ident))
		return 0;
	gl_image_set_defect(image, GL_IMAGE_HEADER_INVALID, "class %u and byte order %u are none that exist",
			    ident[EI_CLASS], ident[EI_DATA]);
	image->header.elf_class = ELFCLASSNONE;
	image->header.data = ELFDATANONE;
	return 1;
}

static void take_header(struct gl_image_header *to, const GElf_Ehdr *from)
{
	to->type = from->e_type;
	to->machine = from->e_machine;
	to->version = from->e_version;
	to->flags = from->e_flags;
	to->entry = from->e_entry;
	to->phoff = from->e_phoff;
	to->shoff = from->e_shoff;
	to->phnum = from->e_phnum;
	to->shnum = from->e_shnum;
	to->shstrndx = from->e_shstrndx;
	to->phentsize = from->e_phentsize;
	to->shentsize = from->e_shentsize;
}

/* Numbers too large for the ELF header are in section header 0 (gABI, "Extended Section Header"). */
static void resolve_extended(struct gl_image *image)
{
	struct gl_image_header *h = &image->header;
	GElf_Shdr first;

	if (h->phnum != PN_XNUM && h->shstrndx != SHN_XINDEX && (h->shnum != 0 || h->shoff == 0))
		return;
	if (gl_image_read_shdr(image, 0, &first))
		return;
	if (h->phnum == PN_XNUM && first.sh_info != 0)
		h->phnum = first.sh_info;
	if (h->shstrndx == SHN_XINDEX)
		h->shstrndx = first.sh_link;
	if (h->shnum == 0)
		h->shnum = (uint32_t)GL_MIN(first.sh_size, (uint64_t)UINT32_MAX);
}

int gl_image_load_header(struct gl_image *image)
{
	GElf_Ehdr h;
	int r = load_ident(image);

	if (r)
		return r;
	r = gl_image_read_ehdr(image, &h);
	if (r == -ERANGE) {
		gl_image_set_defect(image, GL_IMAGE_HEADER_TRUNCATED,
				    "the file ends at %" PRIu64 ", inside the ELF header of %zu bytes",
				    image->size, gl_image_record_size(image, ELF_T_EHDR));
		return 1;
	}
	if (r)
		return r;
	take_header(&image->header, &h);
	resolve_extended(image);
	return 0;
}

/* load_elf_phdrs() */
static bool table_is_valid(struct gl_image *image)
{
	const struct gl_image_header *h = &image->header;
	size_t entry = gl_image_record_size(image, ELF_T_PHDR);
	uint64_t size = (uint64_t)h->phnum * entry;

	if (h->phnum == 0)
		gl_image_set_defect(image, GL_IMAGE_NO_SEGMENTS, "the file has no program headers");
	else if (h->phentsize != entry)
		gl_image_set_defect(image, GL_IMAGE_SEGMENTS_INVALID,
				    "a program header of %u bytes, instead of %zu", h->phentsize, entry);
	else if (size > GL_IMAGE_MAX_SEGMENT_BYTES)
		gl_image_set_defect(image, GL_IMAGE_SEGMENTS_INVALID,
				    "%" PRIu32 " program headers, at most %zu are taken", h->phnum,
				    GL_IMAGE_MAX_SEGMENT_BYTES / entry);
	else if (h->phoff > image->size || size > image->size - h->phoff)
		gl_image_set_defect(image, GL_IMAGE_SEGMENTS_TRUNCATED,
				    "%" PRIu64 " bytes of program headers at %" PRIu64
				    ", but the file ends at %" PRIu64,
				    size, h->phoff, image->size);
	else
		return true;
	return false;
}

/* elf_load() and the size checks of load_elf_binary(), as far as they hold on every machine. */
static void judge_load(struct gl_image *image, size_t index)
{
	const struct gl_segment *s = &image->segments[index];

	if (s->filesz > s->memsz)
		gl_image_set_defect(image, GL_IMAGE_LOAD_INVALID,
				    "segment %zu has %" PRIu64 " bytes in the file and only %" PRIu64
				    " in memory",
				    index, s->filesz, s->memsz);
	else if (s->memsz > UINT64_MAX - s->vaddr)
		gl_image_set_defect(image, GL_IMAGE_LOAD_INVALID,
				    "segment %zu, 0x%" PRIx64 " bytes at address 0x%" PRIx64 ", wraps around",
				    index, s->memsz, s->vaddr);
	else if (s->filesz > 0 && (s->offset - s->vaddr) % SMALLEST_PAGE != 0)
		gl_image_set_defect(image, GL_IMAGE_LOAD_INVALID,
				    "segment %zu cannot be mapped: offset 0x%" PRIx64 ", address 0x%" PRIx64,
				    index, s->offset, s->vaddr);
}

static void judge_truncation(struct gl_image *image, size_t index)
{
	const struct gl_segment *s = &image->segments[index];

	if (s->filesz == 0 || (s->offset <= image->size && s->filesz <= image->size - s->offset))
		return;
	if (s->filesz > UINT64_MAX - s->offset)
		gl_image_set_defect(image, GL_IMAGE_LOAD_INVALID,
				    "segment %zu, 0x%" PRIx64 " bytes at offset 0x%" PRIx64 ", wraps around",
				    index, s->filesz, s->offset);
	else
		gl_image_set_defect(image, GL_IMAGE_LOAD_TRUNCATED,
				    "segment %zu ends at %" PRIu64 ", the file at %" PRIu64, index,
				    s->offset + s->filesz, image->size);
}

static void judge_loads(struct gl_image *image)
{
	size_t loads = 0;

	for (size_t i = 0; i < image->segment_count; i++)
		if (image->segments[i].type == PT_LOAD) {
			judge_truncation(image, i);
			loads++;
		}
	if (loads == 0)
		gl_image_set_defect(image, GL_IMAGE_LOAD_INVALID, "the file has no segment to load");
	for (size_t i = 0; i < image->segment_count; i++)
		if (image->segments[i].type == PT_LOAD)
			judge_load(image, i);
}

int gl_image_load_segments(struct gl_image *image)
{
	int r;

	if (!table_is_valid(image))
		return 1;
	r = gl_image_charge_kept(image, image->header.phnum * sizeof(*image->segments));
	if (!r)
		r = gl_image_read_phdrs(image, &image->segments);
	if (r)
		return r;
	image->segment_count = image->header.phnum;
	judge_loads(image);
	return 0;
}

const struct gl_segment *gl_image_find_segment(const struct gl_image *image, uint32_t type)
{
	for (size_t i = 0; i < image->segment_count; i++)
		if (image->segments[i].type == type)
			return &image->segments[i];
	return NULL;
}

/* The kernel takes the first PT_INTERP and no other. */
int gl_image_load_interpreter(struct gl_image *image)
{
	const struct gl_segment *s = gl_image_find_segment(image, PT_INTERP);
	gl_autofree char *path = NULL;
	int r;

	if (!s)
		return 0;
	if (s->filesz < INTERPRETER_MIN || s->filesz > INTERPRETER_MAX) {
		gl_image_set_defect(image, GL_IMAGE_INTERPRETER_INVALID,
				    "the interpreter's path takes %" PRIu64 " bytes, 2 to 4096 are taken",
				    s->filesz);
		return 0;
	}
	path = malloc(s->filesz);
	if (!path)
		return -ENOMEM;
	r = gl_image_read(image, s->offset, path, s->filesz);
	if (r == -ERANGE)
		gl_image_set_defect(image, GL_IMAGE_INTERPRETER_INVALID,
				    "the interpreter's path is %" PRIu64 " bytes at %" PRIu64
				    ", but the file ends at %" PRIu64,
				    s->filesz, s->offset, image->size);
	else if (r)
		return r;
	else if (path[s->filesz - 1] != '\0')
		gl_image_set_defect(image, GL_IMAGE_INTERPRETER_INVALID,
				    "the interpreter's path, %" PRIu64 " bytes at %" PRIu64
				    ", is not terminated",
				    s->filesz, s->offset);
	else
		image->interpreter = GL_TAKE_PTR(path);
	return 0;
}
