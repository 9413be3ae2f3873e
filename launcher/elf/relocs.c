/*
 * Relative relocations, for the one question that needs them: which address a
 * pointer in the data of a position-independent file will hold, where the linker
 * left the field itself empty (GNU ld does, on machines with DT_RELA).
 */
#include <errno.h>

#include "base/macros.h"
#include "elf/image_private.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* The number of "load address + addend" in each machine's ABI supplement. */
static const struct {
	uint16_t machine;
	uint32_t type;
} relative_types[] = {
	{EM_X86_64, R_X86_64_RELATIVE}, {EM_AARCH64, R_AARCH64_RELATIVE}, {EM_RISCV, R_RISCV_RELATIVE},
	{EM_PPC64, R_PPC64_RELATIVE},	{EM_S390, R_390_RELATIVE},	  {EM_LOONGARCH, 3},
};

static bool relative_type(const struct gl_image *image, uint32_t *ret)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(relative_types); i++)
		if (relative_types[i].machine == image->header.machine) {
			*ret = relative_types[i].type;
			return true;
		}
	return false;
}

int gl_image_relative(const struct gl_image *image, uint64_t vaddr, uint64_t *ret_value)
{
	uint64_t count;
	struct gl_range range;
	GElf_Rela rela;
	uint32_t type;
	int r;

	if (image->tables.rela == 0 || !relative_type(image, &type))
		return 1;
	r = gl_image_locate(image, image->tables.rela, &range);
	if (r)
		return r;
	count = image->tables.relasz / gl_image_record_size(image, ELF_T_RELA);
	for (uint64_t i = 0; i < GL_MIN(count, (uint64_t)GL_IMAGE_MAX_RELOCATIONS); i++) {
		r = gl_range_read_rela(image, &range, i, &rela);
		if (r)
			return r;
		if (rela.r_offset == vaddr && GELF_R_TYPE(rela.r_info) == type) {
			*ret_value = (uint64_t)rela.r_addend;
			return 0;
		}
	}
	return 1;
}
