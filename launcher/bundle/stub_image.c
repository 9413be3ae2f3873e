/*
 * The bytes of the loader stub (launcher/loader), as the build made them for
 * golaunch's own machine.  The assembler's .incbin takes them as they are: no
 * generated source of 20 KB in hexadecimal, and no file to be found when
 * golaunch runs.
 */
#include "bundle/stub.h"

__asm__(".pushsection .rodata.gl_stub, \"a\"\n"
	".balign 16\n"
	".globl gl_stub_begin, gl_stub_end\n"
	".hidden gl_stub_begin, gl_stub_end\n"
	"gl_stub_begin:\n"
	".incbin \"" GL_STUB_FILE "\"\n"
	"gl_stub_end:\n"
	".popsection\n");

extern const unsigned char gl_stub_begin[], gl_stub_end[];

const unsigned char *gl_stub_image(size_t *ret_size)
{
	*ret_size = (size_t)(gl_stub_end - gl_stub_begin);
	return gl_stub_begin;
}
