/*
 * A file system whose server never answers: whoever asks it for something waits for
 * as long as we live.
 *
 *	unanswered DIRECTORY [FILE]
 *
 * Mounts FUSE on the directory, and reads no request.  Keeps a descriptor of its root
 * (O_PATH: to open that nobody has to be asked), and FILE open for writing.  Says
 * "ready", and waits for a signal.  Exit status 77: no such mount can be had here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static int give_up(const char *what)
{
	perror(what);
	return 77;
}

int main(int argc, char **argv)
{
	char options[128];
	int server = open("/dev/fuse", O_RDWR);

	if (argc < 2 || argc > 3)
		return 125;
	if (server < 0)
		return give_up("unanswered: /dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", server);
	if (mount("unanswered", argv[1], "fuse", MS_NOSUID | MS_NODEV, options))
		return give_up("unanswered: mount");
	if (open(argv[1], O_PATH | O_DIRECTORY) < 0)
		return give_up("unanswered: the mounted directory");
	if (argc == 3 && open(argv[2], O_WRONLY) < 0)
		return give_up("unanswered: the file");
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
