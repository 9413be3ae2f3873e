/*
 * Makes a denied call, keyctl, from code in a file whose name then leads elsewhere, to
 * a FIFO: whoever looks at the caller must not open that, as opening may do something
 * (a watchdog's device restarts the machine).  Says "opened" if somebody did, else
 * "untouched".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __x86_64__
/* mov $250, %eax; syscall; ret; padded, since what is before the call is compared */
static const unsigned char code[64] = {[32] = 0xb8, 250, 0, 0, 0, 0x0f, 0x05, 0xc3};

int main(void)
{
	char event[4096];
	int fd = open("code", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	unsigned char *mapped;

	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code))
		return 125;
	mapped = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED || unlink("code") < 0 || mkfifo("code (deleted)", 0600) < 0 ||
	    inotify_add_watch(watch, "code (deleted)", IN_OPEN) < 0)
		return 125;
	__asm__ volatile("call *%0"
			 :
			 : "r"(mapped + 32), "D"(0L), "S"(-2L), "d"(1L)
			 : "rax", "rcx", "r11", "memory");
	puts(read(watch, event, sizeof(event)) > 0 ? "opened" : "untouched");
	return 0;
}
#else
int main(void)
{
	puts("untouched");
	return 0;
}
#endif
