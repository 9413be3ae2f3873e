/*
 * aarch64: entry and exit of the stub.
 *
 * The kernel enters with the stack pointer at argc, aligned to 16; x0 is the
 * function to call at exit (0: none), the other registers are zero.
 */
#include "loader/room.h"

	.text
	.globl	_start
	.type	_start, %function
_start:
	hint	#34			/* bti c */
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	sub	sp, sp, #GL_LD_VECTOR_ROOM
	bl	gl_ld_main
	brk	#1
	.size	_start, . - _start

/* void gl_ld_jump(const uint64_t *stack, uint64_t entry) */
	.globl	gl_ld_jump
	.type	gl_ld_jump, %function
gl_ld_jump:
	mov	sp, x0
	mov	x16, x1			/* a "bti c" may be entered by x16 and x17 */
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #0
	.endr
	br	x16
	.size	gl_ld_jump, . - gl_ld_jump

	.section .note.GNU-stack, "", %progbits
