/*
 * Starts a program by execve and nothing else: no search, and no shell for
 * what execve refuses (execvp and every shell run such a file by sh).
 *
 *	direct PROGRAM [ARG...]
 *
 * Ends with 127 where it is not there, 126 where it cannot be started.
 */
#include <errno.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 125;
	execve(argv[1], argv + 1, environ);
	return errno == ENOENT || errno == ENOTDIR ? 127 : 126;
}
