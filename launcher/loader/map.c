/*
 * Maps an ELF image: see loader/map.h.
 *
 * The whole span is reserved first, so that no part can land on another
 * mapping; the segments then replace parts of the reservation, and what lies
 * between them is given back, as the kernel leaves it free too.
 */
#include "loader/map.h"

#include <linux/errno.h>

#include "loader/memory.h"
#include "loader/sys.h"

/* Linux 4.17; older kernels take the address for a hint, so the result is compared too. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define RESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static bool is_error(long result)
{
	return result < 0 && result > -4096;
}

static uint64_t page_down(uint64_t address, uint64_t page)
{
	return address & ~(page - 1);
}

static uint64_t page_up(uint64_t address, uint64_t page)
{
	return page_down(address + page - 1, page);
}

/* Gives back [begin, end), which may be empty. */
static int release(uint64_t begin, uint64_t end)
{
	return begin < end ? gl_sys_munmap(begin, end - begin) : 0;
}

static int reserve_fixed(const struct gl_ld_elf *elf)
{
	uint64_t len = elf->high - elf->low;
	long at = gl_sys_mmap(elf->low, len, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == -EEXIST)
		return GL_LD_ADDRESS_TAKEN;
	if (is_error(at))
		return (int)at;
	if ((uint64_t)at == elf->low)
		return 0;
	gl_sys_munmap((uint64_t)at, len);
	return GL_LD_ADDRESS_TAKEN;
}

/* A span of addresses whose first is aligned to elf->align, as the first segment's is in the file. */
static int reserve_anywhere(const struct gl_ld_elf *elf, uint64_t hint, uint64_t page, uint64_t *ret_bias)
{
	uint64_t len = elf->high - elf->low, slack = elf->align - page;
	uint64_t start, begin, misplaced = elf->low & (elf->align - 1);
	long at = gl_sys_mmap(page_down(hint, elf->align), len + slack, PROT_NONE, RESERVE, -1, 0);
	int r;

	if (is_error(at))
		return (int)at;
	start = (uint64_t)at;
	begin = page_up(start - misplaced, elf->align) + misplaced;
	r = release(start, begin);
	if (r == 0)
		r = release(begin + len, start + len + slack);
	if (r == 0)
		*ret_bias = begin - elf->low;
	return r;
}

static int protection(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

/* What of a segment comes from the file. */
static int map_file_part(int fd, const Elf64_Phdr *p, uint64_t bias, uint64_t page)
{
	uint64_t begin = page_down(bias + p->p_vaddr, page), end = bias + p->p_vaddr + p->p_filesz;
	int prot = protection(p->p_flags);
	long at;

	if (p->p_filesz == 0)
		return 0;
	at = gl_sys_mmap(begin, end - begin, prot, MAP_PRIVATE | MAP_FIXED, fd, page_down(p->p_offset, page));
	/* mmap(2): EPERM is PROT_EXEC on a file system mounted noexec. */
	if (at == -EPERM && prot & PROT_EXEC)
		return GL_LD_NOEXEC;
	return is_error(at) ? (int)at : 0;
}

/* The rest of it: zero to the end of the file part's last page, fresh pages from there. */
static int map_zero_part(const Elf64_Phdr *p, uint64_t bias, uint64_t page)
{
	uint64_t zero = bias + p->p_vaddr + p->p_filesz, end = page_up(bias + p->p_vaddr + p->p_memsz, page);
	uint64_t fresh = p->p_filesz ? page_up(zero, page) : page_down(zero, page);
	long at;

	if (p->p_memsz == p->p_filesz)
		return 0;
	/* Where it cannot be written the kernel leaves what the file has there. */
	if (p->p_flags & PF_W && zero < fresh)
		memset((void *)(uintptr_t)zero, 0, fresh - zero);
	if (fresh >= end)
		return 0;
	at = gl_sys_mmap(fresh, end - fresh, protection(p->p_flags), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			 -1, 0);
	return is_error(at) ? (int)at : 0;
}

static int map_segments(int fd, const struct gl_ld_elf *elf, uint64_t bias, uint64_t page)
{
	uint64_t done = bias + elf->low;

	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];
		int r;

		if (!gl_ld_is_loaded(p))
			continue;
		r = release(done, page_down(bias + p->p_vaddr, page));
		if (r == 0)
			r = map_file_part(fd, p, bias, page);
		if (r == 0)
			r = map_zero_part(p, bias, page);
		if (r != 0)
			return r;
		done = page_up(bias + p->p_vaddr + p->p_memsz, page);
	}
	return 0;
}

int gl_ld_map(int fd, const struct gl_ld_elf *elf, uint64_t hint, uint64_t page, uint64_t *ret_bias)
{
	uint64_t bias = 0;
	int r;

	if (elf->header.e_type == ET_EXEC)
		r = reserve_fixed(elf);
	else
		r = reserve_anywhere(elf, hint, page, &bias);
	if (r == 0)
		r = map_segments(fd, elf, bias, page);
	if (r == 0)
		*ret_bias = bias;
	return r;
}

int gl_ld_map_writable(const struct gl_ld_elf *elf, uint64_t bias, uint64_t page, uint64_t vaddr,
		       uint64_t size, bool on)
{
	uint64_t begin = page_down(bias + vaddr, page), end = page_up(bias + vaddr + size, page);

	for (size_t i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *p = &elf->segments[i];

		if (!gl_ld_is_loaded(p) || p->p_flags & PF_W || vaddr < p->p_vaddr ||
		    vaddr >= p->p_vaddr + p->p_memsz)
			continue;
		return gl_sys_mprotect(begin, end - begin, protection(p->p_flags) | (on ? PROT_WRITE : 0));
	}
	return 0;
}
