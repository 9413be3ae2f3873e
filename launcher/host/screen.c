/*
 * Which files a loader takes for a library.
 *
 * glibc: elf/dl-load.c, open_verify() and _dl_map_object_from_fd(), in their
 * order: a file of another class or machine is passed over in silence, all
 * else that is wrong ends the program.  musl looks at e_type and the program
 * headers only (ldso/dynlink.c, map_library()); a library for another machine
 * is loaded and fails when it is relocated.
 */
#include "host/search.h"

#include <elf.h>
#include <stdarg.h>

#include "elf/notes.h"

#define LAST_MINOR_WITH_ABI_TAG 35

/* Says why.  Returns the screening it is given. */
static GL_PRINTF(4, 5) enum gl_screening
	reject(enum gl_screening screening, char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return screening;
}

/* EI_OSABI and EI_ABIVERSION: System V with version 0, or GNU's. */
static bool abi_is_fine(const struct gl_image_header *header)
{
	return (header->osabi == ELFOSABI_SYSV && header->abiversion == 0) || header->osabi == ELFOSABI_GNU;
}

static enum gl_screening foreign(enum gl_screening screening, const struct gl_arch *arch,
				 const struct gl_image_header *header, char *why, size_t size)
{
	char name[64];

	return reject(screening, why, size, "it is for %s, not %s",
		      gl_arch_machine_name(header->machine, header->ident_class, name, sizeof(name)),
		      arch->name);
}

/* Until 2.35 a library made for a newer kernel was passed over. */
static bool kernel_is_too_old(struct gl_search *search, const struct gl_image *image, unsigned wanted[3])
{
	unsigned minor;

	if (gl_image_abi_kernel(image, wanted) || !gl_host_kernel_is_below(search->host, wanted))
		return false;
	return !gl_glibc_minor(&search->glibc, &minor, NULL) && minor && minor <= LAST_MINOR_WITH_ABI_TAG;
}

/* What makes a sound ELF file of the right machine no library. */
static enum gl_screening screen_type(const struct gl_image *image, char *why, size_t size)
{
	const struct gl_image_header *header = gl_image_header(image);

	if (header->type != ET_DYN && header->type != ET_EXEC)
		return reject(GL_SCREENING_CORRUPT, why, size,
			      "it is neither a library nor a program (e_type %u)", header->type);
	if (gl_image_defect(image) != GL_IMAGE_SOUND)
		return reject(GL_SCREENING_CORRUPT, why, size, "%s", gl_image_defect_text(image));
	if (header->type == ET_EXEC)
		return reject(GL_SCREENING_CORRUPT, why, size, "it is a program, not a library");
	if (!gl_image_has_dynamic(image))
		return reject(GL_SCREENING_CORRUPT, why, size, "it has no dynamic section");
	return GL_SCREENING_GOOD;
}

enum gl_screening gl_screen_glibc(struct gl_search *search, struct gl_image *image, char *why, size_t size)
{
	const struct gl_image_header *header = gl_image_header(image);
	const struct gl_arch *arch = search->arch;
	enum gl_screening screening;
	unsigned kernel[3];

	/* Too short, or without the magic: nothing else is known of it. */
	if (!header->ident_class)
		return reject(GL_SCREENING_CORRUPT, why, size, "%s", gl_image_defect_text(image));
	if (header->ident_class != arch->elf_class)
		return foreign(GL_SCREENING_SKIP, arch, header, why, size);
	if (header->ident_data != (arch->big_endian ? ELFDATA2MSB : ELFDATA2LSB))
		return reject(GL_SCREENING_CORRUPT, why, size, "its byte order is wrong (EI_DATA %u)",
			      header->ident_data);
	if (header->ident_version != EV_CURRENT || header->version != EV_CURRENT)
		return reject(GL_SCREENING_CORRUPT, why, size, "its ELF version is none that exists");
	if (!abi_is_fine(header))
		return reject(GL_SCREENING_CORRUPT, why, size,
			      "it is for another operating system (EI_OSABI %u, version %u)", header->osabi,
			      header->abiversion);
	if (header->machine != arch->elf_machine)
		return foreign(GL_SCREENING_SKIP, arch, header, why, size);
	screening = screen_type(image, why, size);
	if (screening != GL_SCREENING_GOOD)
		return screening;
	if (gl_image_dynamic(image)->flags_1 & DF_1_PIE)
		return reject(GL_SCREENING_CORRUPT, why, size, "it is a program, not a library");
	if (kernel_is_too_old(search, image, kernel))
		return reject(GL_SCREENING_SKIP, why, size, "it wants Linux %u.%u.%u", kernel[0], kernel[1],
			      kernel[2]);
	return GL_SCREENING_GOOD;
}

enum gl_screening gl_screen_musl(struct gl_search *search, struct gl_image *image, char *why, size_t size)
{
	const struct gl_image_header *header = gl_image_header(image);
	const struct gl_arch *arch = search->arch;

	if (header->ident_class &&
	    (header->ident_class != arch->elf_class || header->machine != arch->elf_machine))
		return foreign(GL_SCREENING_FOREIGN, arch, header, why, size);
	return screen_type(image, why, size);
}
