/*
 * Maps an ELF image as execve would: segments from the file, private, the bss
 * zeroed, at an address that fits p_align.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/elf.h"

/*
 * Maps the file behind fd, which elf was read from.  A position-independent
 * image goes to hint, or where the kernel likes if that is taken or 0; others
 * where they must be.  Returns 0 with the bias (address in memory minus address
 * in the file), GL_LD_ADDRESS_TAKEN, GL_LD_NOEXEC, or -errno.  After a failure
 * parts may stay mapped: the caller exits.
 */
int gl_ld_map(int fd, const struct gl_ld_elf *elf, uint64_t hint, uint64_t page, uint64_t *ret_bias);

/*
 * Lets [vaddr, vaddr + size) of a mapped image be written (on) or not any more
 * (off), where its segment is read-only; else does nothing.  0 or -errno.
 */
int gl_ld_map_writable(const struct gl_ld_elf *elf, uint64_t bias, uint64_t page, uint64_t vaddr,
		       uint64_t size, bool on);
