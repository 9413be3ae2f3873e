/*
 * x86-64: entry and exit of the stub.
 *
 * The kernel enters with the stack pointer at argc, aligned to 16 (System V ABI,
 * x86-64 supplement, 3.4.1).  The loader must find what the kernel leaves: rdx
 * is the function to call at exit (0: none), the rest is unspecified and zero.
 */
#include "loader/room.h"

	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	subq	$GL_LD_VECTOR_ROOM, %rsp
	call	gl_ld_main
	hlt
	.size	_start, . - _start

/* void gl_ld_jump(const uint64_t *stack, uint64_t entry) */
	.globl	gl_ld_jump
	.type	gl_ld_jump, @function
gl_ld_jump:
	movq	%rdi, %rsp
	movq	%rsi, %rax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*%rax
	.size	gl_ld_jump, . - gl_ld_jump

	.section .note.GNU-stack, "", @progbits
