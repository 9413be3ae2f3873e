/*
 * What the kernel is told: see loader/mm.h.
 *
 * PR_SET_MM_MAP sets all of the numbers at once, so those that stay as they are
 * must be known too.  They follow from the vector: no file of /proc is read.
 */
#include "loader/mm.h"

#include <linux/prctl.h>

#include "loader/sys.h"

/* As load_elf_binary() finds start_code, end_code, start_data and end_data. */
static void set_segments(struct prctl_mm_map *map, const struct gl_ld_elf *program, uint64_t bias)
{
	map->start_code = UINT64_MAX;
	for (size_t i = 0; i < program->header.e_phnum; i++) {
		const Elf64_Phdr *p = &program->segments[i];
		uint64_t begin = bias + p->p_vaddr, end = begin + p->p_filesz;

		if (!gl_ld_is_loaded(p))
			continue;
		if (p->p_flags & PF_X && begin < map->start_code)
			map->start_code = begin;
		if (p->p_flags & PF_X && end > map->end_code)
			map->end_code = end;
		if (begin > map->start_data)
			map->start_data = begin;
		if (end > map->end_data)
			map->end_data = end;
	}
}

void gl_ld_mm_tell(const struct gl_ld_vector *vector, const struct gl_ld_elf *program, uint64_t bias)
{
	struct prctl_mm_map map = {.exe_fd = (uint32_t)-1};

	/* Without arguments it cannot be told where the strings begin. */
	if (!vector->args)
		return;
	set_segments(&map, program, bias);
	map.start_stack = (uint64_t)(uintptr_t)vector->stack;
	map.arg_start = vector->args;
	map.arg_end = vector->args_end;
	map.env_start = vector->args_end;
	map.env_end = vector->env_end;
	/* Nobody moved it yet. */
	map.start_brk = gl_sys_brk();
	map.brk = map.start_brk;
	map.auxv = (__u64 *)vector->aux;
	map.auxv_size = (uint32_t)(vector->auxc * sizeof(*vector->aux));
	gl_sys_prctl(PR_SET_MM, PR_SET_MM_MAP, (long)&map, sizeof(map));
}

void gl_ld_mm_name(const char *name)
{
	gl_sys_prctl(PR_SET_NAME, (long)name, 0, 0);
}
