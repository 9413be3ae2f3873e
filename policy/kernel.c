/*
 * Kernel releases and the highest call number of each.  From the kernel's
 * syscall tables (arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl)
 * at each release; a release that added no call is not listed.
 */
#include "policy/kernel.h"

static const struct {
	uint32_t kernel;
	unsigned highest;
} releases[] = {
	{GL_KERNEL(5, 1), 427},	 /* io_uring_register */
	{GL_KERNEL(5, 2), 433},	 /* fspick */
	{GL_KERNEL(5, 3), 435},	 /* clone3 */
	{GL_KERNEL(5, 6), 438},	 /* pidfd_getfd; openat2; close_range (436) came in 5.9 */
	{GL_KERNEL(5, 8), 439},	 /* faccessat2 */
	{GL_KERNEL(5, 10), 440}, /* process_madvise */
	{GL_KERNEL(5, 11), 441}, /* epoll_pwait2 */
	{GL_KERNEL(5, 12), 442}, /* mount_setattr */
	{GL_KERNEL(5, 13), 446}, /* landlock_restrict_self; quotactl_fd (443) came in 5.14 */
	{GL_KERNEL(5, 14), 447}, /* memfd_secret */
	{GL_KERNEL(5, 15), 448}, /* process_mrelease */
	{GL_KERNEL(5, 16), 449}, /* futex_waitv */
	{GL_KERNEL(5, 17), 450}, /* set_mempolicy_home_node */
	{GL_KERNEL(6, 5), 451},	 /* cachestat */
	{GL_KERNEL(6, 6), 453},	 /* fchmodat2, map_shadow_stack */
	{GL_KERNEL(6, 7), 456},	 /* futex_wake, futex_wait, futex_requeue */
	{GL_KERNEL(6, 8), 461},	 /* statmount, listmount, lsm_* */
	{GL_KERNEL(6, 10), 462}, /* mseal */
	{GL_KERNEL(6, 13), 466}, /* setxattrat and its like */
	{GL_KERNEL(6, 15), 467}, /* open_tree_attr */
	{GL_KERNEL(6, 17), 469}, /* file_getattr, file_setattr */
};

uint32_t gl_kernel_first_known(void)
{
	return releases[0].kernel;
}

uint32_t gl_kernel_last_known(void)
{
	return releases[GL_ARRAY_SIZE(releases) - 1].kernel;
}

unsigned gl_kernel_highest_call(uint32_t kernel)
{
	unsigned highest = releases[0].highest;

	for (size_t i = 0; i < GL_ARRAY_SIZE(releases) && releases[i].kernel <= kernel; i++)
		highest = releases[i].highest;
	return highest;
}

/* Reads decimal digits up to 65535; returns how many, 0 if none or too many. */
static size_t read_number(const char *text, size_t len, uint32_t *ret_value)
{
	uint32_t value = 0;
	size_t n = 0;

	for (; n < len && text[n] >= '0' && text[n] <= '9'; n++) {
		value = value * 10 + (uint32_t)(text[n] - '0');
		if (value > UINT16_MAX)
			return 0;
	}
	*ret_value = value;
	return n;
}

bool gl_kernel_parse(const char *text, size_t len, uint32_t *ret_kernel)
{
	uint32_t major, minor;
	size_t n, m;

	n = read_number(text, len, &major);
	if (n == 0 || n == len || text[n] != '.')
		return false;
	n++;
	m = read_number(text + n, len - n, &minor);
	n += m;
	if (m == 0 || (n < len && text[n] != '.' && text[n] != '-' && text[n] != '+'))
		return false;
	*ret_kernel = GL_KERNEL(major, minor);
	return true;
}
