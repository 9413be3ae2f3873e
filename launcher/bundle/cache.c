/*
 * The stub as a file below a directory that the user named: see bundle/stub.h.
 *
 *	DIR/KEY/NAME	KEY: a hash of the stub with its slot; NAME: the program's
 *
 * What lies there is executed with the program's rights, so nobody but root and
 * ourselves may be able to put it there: every directory from the root on is
 * looked at, as sshd does with authorized_keys.  Launches at the same time meet
 * in rename(2): each finds a whole file or makes one, and all are the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "bundle/stub.h"

#define KEY_ROOM   17 /* 64 bits in hexadecimal, with a NUL */
#define TEMP_ROOM  24
#define TEMP_TRIES 8
#define MODE	   0755

static int refuse(struct gl_err *err, const char *path, const char *why)
{
	gl_autofree char *shown = gl_escape_dup(path, 200);

	return gl_err_set(err, EPERM, "'%s' %s", shown ? shown : "", why);
}

/* Others may write to a directory on the way only if they cannot rename what is not theirs (sticky). */
static int check_trust(const struct stat *st, const char *path, bool on_the_way, struct gl_err *err)
{
	mode_t others = geteuid() == 0 ? S_IWGRP | S_IWOTH : S_IWOTH;

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(err, path, "belongs to another user");
	if ((st->st_mode & others) && !(on_the_way && (st->st_mode & S_ISVTX)))
		return refuse(err, path, "can be written to by other users");
	return 0;
}

/* Every directory above real, which is absolute and without links. */
static int check_way(const char *real, struct gl_err *err)
{
	char part[PATH_MAX];
	struct stat st;
	int r = 0;

	for (const char *slash = real; slash && !r; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash == real ? 1 : slash - real), real);
		r = stat(part, &st) ? gl_err_sys(err, errno, "cannot look at '%s'", part)
				    : check_trust(&st, part, true, err);
	}
	return r;
}

static int check_open(int fd, const char *path, struct gl_err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot look at '%s'", path);
	return check_trust(&st, path, false, err);
}

/* Opens the user's directory, if it can be trusted.  Returns a descriptor or -errno. */
static int open_dir(const char *dir, char **ret_real, struct gl_err *err)
{
	gl_autofree char *real = realpath(dir, NULL), *shown = gl_escape_dup(dir, 200);
	gl_autoclose int fd = -1;
	int r;

	if (!real)
		return gl_err_sys(err, errno, "cannot use the directory '%s'", shown);
	fd = open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot use the directory '%s'", shown);
	r = check_way(real, err);
	if (!r)
		r = check_open(fd, real, err);
	if (r)
		return r;
	*ret_real = GL_TAKE_PTR(real);
	return GL_TAKE_FD(fd);
}

/* Opens DIR/KEY, making it where it is missing.  Returns a descriptor or -errno. */
static int open_key(int dir_fd, const char *key, struct gl_err *err)
{
	bool made = mkdirat(dir_fd, key, MODE) == 0;
	int made_errnum = made ? 0 : errno, r;
	gl_autoclose int fd = openat(dir_fd, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return gl_err_sys(err, made || made_errnum == EEXIST ? errno : made_errnum,
				  "cannot make the directory '%s' in it", key);
	/* The umask is the user's, and the program may run as another. */
	if (made && fchmod(fd, MODE))
		return gl_err_sys(err, errno, "cannot make the directory '%s' in it", key);
	r = check_open(fd, key, err);
	return r ? r : GL_TAKE_FD(fd);
}

/* Is that very file there, whole, executable and nobody else's? */
static bool is_there(int key_fd, const char *name, const unsigned char *image, size_t size)
{
	gl_autoclose int fd = openat(key_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	gl_autofree unsigned char *bytes = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return false;
	if (check_trust(&st, name, false, NULL) || (st.st_mode & MODE) != MODE)
		return false;
	bytes = malloc(size);
	return bytes && gl_file_pread(fd, bytes, size, 0) == (ssize_t)size && !memcmp(bytes, image, size);
}

/* A new file of a name that nobody has, for writing; its name in temp.  Returns a descriptor or -errno. */
static int create_temp(int key_fd, char temp[TEMP_ROOM])
{
	uint64_t random;
	int fd = -1;

	for (int i = 0; i < TEMP_TRIES; i++) {
		if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
			random = (uint64_t)getpid() << 32 | (unsigned)i;
		snprintf(temp, TEMP_ROOM, ".%016llx", (unsigned long long)random);
		fd = openat(key_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* Closed before it gets its name: who executes what is open for writing is told ETXTBSY. */
static int write_temp(int fd, const unsigned char *image, size_t size)
{
	int r = gl_file_write_all(fd, image, size);

	if (!r && fchmod(fd, MODE))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static int replace(int key_fd, const char *name, const unsigned char *image, size_t size, struct gl_err *err)
{
	char temp[TEMP_ROOM];
	int fd = create_temp(key_fd, temp), r;

	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot write the loader stub into it");
	r = write_temp(fd, image, size);
	if (!r && renameat(key_fd, temp, key_fd, name))
		r = -errno;
	if (!r)
		return 0;
	unlinkat(key_fd, temp, 0);
	return gl_err_sys(err, -r, "cannot write the loader stub into it");
}

/* One copy: what, where. */
struct copy {
	unsigned char *image;
	size_t size;
	char key[KEY_ROOM];
	int dir_fd;
	char *dir; /* its real path */
};

static void copy_done(struct copy *copy)
{
	gl_fd_close(&copy->dir_fd);
	free(copy->dir);
	free(copy->image);
}

static int copy_init(struct copy *copy, const char *dir, const struct gl_stub_config *config,
		     struct gl_err *err)
{
	int r = gl_stub_make(config, &copy->image, &copy->size, err);

	if (r)
		return r;
	snprintf(copy->key, sizeof(copy->key), "%016llx",
		 (unsigned long long)gl_hash_bytes(GL_HASH_START, copy->image, copy->size));
	copy->dir_fd = open_dir(dir, &copy->dir, err);
	return GL_MIN(copy->dir_fd, 0);
}

/* Puts it below the directory.  Returns 0 with its path, or -errno. */
static int put(const struct copy *copy, const char *name, char **ret_path, struct gl_err *err)
{
	gl_autoclose int key_fd = open_key(copy->dir_fd, copy->key, err);
	char *path;
	int r;

	if (key_fd < 0)
		return key_fd;
	if (!is_there(key_fd, name, copy->image, copy->size)) {
		r = replace(key_fd, name, copy->image, copy->size, err);
		if (r)
			return r;
	}
	if (asprintf(&path, "%s/%s/%s", strcmp(copy->dir, "/") ? copy->dir : "", copy->key, name) < 0)
		return gl_err_sys(err, ENOMEM, "cannot name the loader stub in it");
	*ret_path = path;
	return 0;
}

/* Would put() do?  A copy that is there is enough, also where nothing can be written. */
static int would_put(const struct copy *copy, const char *name, struct gl_err *err)
{
	gl_autoclose int key_fd =
		openat(copy->dir_fd, copy->key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = key_fd < 0 ? 0 : check_open(key_fd, copy->key, err);

	if (r || (key_fd >= 0 && is_there(key_fd, name, copy->image, copy->size)))
		return r;
	if (faccessat(key_fd < 0 ? copy->dir_fd : key_fd, ".", W_OK, AT_EACCESS))
		return gl_err_sys(err, errno, "cannot write the loader stub into '%s'", copy->dir);
	return 0;
}

int gl_stub_cache_check(const char *dir, const struct gl_stub_config *config, const char *name,
			struct gl_err *err)
{
	GL_CLEANUP(copy_done) struct copy copy = {.dir_fd = -1};
	int r = copy_init(&copy, dir, config, err);

	return r ? r : would_put(&copy, name, err);
}

int gl_stub_cache(const char *dir, const struct gl_stub_config *config, const char *name, char **ret_path,
		  struct gl_err *err)
{
	GL_CLEANUP(copy_done) struct copy copy = {.dir_fd = -1};
	gl_autofree char *shown = gl_escape_dup(dir, 200);
	int r = copy_init(&copy, dir, config, err);

	if (!r)
		r = put(&copy, name, ret_path, err);
	return r ? gl_err_wrap(err, "cache directory '%s'", shown ? shown : "") : 0;
}
