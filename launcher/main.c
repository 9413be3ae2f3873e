/*
 * golaunch: a launcher for Go programs that explains why they do not start.
 */
#include <unistd.h>

#include "cmd/verbs.h"

int main(int argc, char **argv)
{
	return gl_cmd_main(argc, argv, environ);
}
