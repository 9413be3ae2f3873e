/*
 * Makes many distinct calls, which all fail: asks N requests of ioctl of no
 * descriptor, from 1 on.  Prints "asked N".
 *
 *	asks N
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	for (unsigned long i = 1; i <= count; i++)
		ioctl(-1, i, 0);
	printf("asked %lu\n", count);
	return 0;
}
