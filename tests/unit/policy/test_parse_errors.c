/*
 * What is said of statements that are wrong: the whole message, with the place,
 * the line and the caret.
 */
#include <errno.h>

#include "policy/policy.h"
#include "tests/lib/unit.h"

#define HEAD	  "known-through 6.7\ndefault allow\n"
#define HEAD_LINE 3

#define GLUED "expected a blank here: what holds quotes, '#' or '\\' is quoted as a whole"

static const struct {
	const char *statement;
	unsigned column;
	int errnum;
	const char *what;
} rows[] = {
	{"deny", 5, EINVAL, "expected the name of a system call or an @group"},
	{"allow", 6, EINVAL, "expected the name of a system call or an @group"},
	{"kill \\", 6, EINVAL, "byte 0x5c does not belong here"},
	{"deny 3frob", 6, ENOENT, "no machine has a system call of this name: '3frob'"},
	{"deny opn", 6, ENOENT, "no machine has a system call of this name: 'opn'; did you mean 'open'?"},
	{"deny opena", 6, ENOENT,
	 "no machine has a system call of this name: 'opena'; did you mean 'openat'?"},
	{"deny raed", 6, ENOENT, "no machine has a system call of this name: 'raed'; did you mean 'read'?"},
	{"allow pread", 7, ENOENT,
	 "no machine has a system call of this name: 'pread'; did you mean 'pread64'?"},
	{"deny OPEN", 6, ENOENT, "no machine has a system call of this name: 'OPEN'; did you mean 'open'?"},
	{"allow read,write", 11, EINVAL, "expected 'if', 'unless' or the end of the line: ','"},
	{"deny read write & ", 17, EINVAL, "expected 'if', 'unless' or the end of the line: '&'"},
	{"deny @", 6, ENOENT, "unknown group: '@'"},
	{"deny @network", 6, ENOENT, "unknown group: '@network'"},
	{"deny @network_io", 6, ENOENT, "unknown group: '@network_io'; did you mean '@network-io'?"},
	{"allow @io-events", 7, ENOENT, "unknown group: '@io-events'; did you mean '@io-event'?"},
	{"deny execve", 6, ENOENT, "'execve' cannot be listed: use 'exec allow' or 'exec deny'"},
	{"allow read execveat", 12, ENOENT, "'execveat' cannot be listed: use 'exec allow' or 'exec deny'"},
	{"kill execve if arg0 == 1", 6, ENOENT, "'execve' cannot be listed: use 'exec allow' or 'exec deny'"},
	{"deny exit_group", 6, EINVAL,
	 "'exit_group' can never be denied: without it a program hangs or dies unexplained"},
	{"kill exit", 6, EINVAL,
	 "'exit' can never be denied: without it a program hangs or dies unexplained"},
	{"trap rt_sigreturn", 6, EINVAL,
	 "'rt_sigreturn' can never be denied: without it a program hangs or dies unexplained"},
	{"log restart_syscall", 5, EINVAL,
	 "'restart_syscall' can never be denied: without it a program hangs or dies unexplained"},
	{"deny sigreturn", 6, EINVAL,
	 "'sigreturn' can never be denied: without it a program hangs or dies unexplained"},
	{"deny uretprobe", 6, EINVAL,
	 "'uretprobe' can never be denied: without it a program hangs or dies unexplained"},
	{"deny errno", 11, EINVAL, "expected an errno name such as EACCES"},
	{"deny errno EFOO read", 12, ENOENT, "unknown errno name: 'EFOO'"},
	{"deny errno EPREM read", 12, ENOENT, "unknown errno name: 'EPREM'; did you mean 'EPERM'?"},
	{"deny errno 13 read", 12, ENOENT, "unknown errno name: '13'"},
	{"deny errno ENOSYS", 18, EINVAL, "expected the name of a system call or an @group"},
	{"allow errno ENOSYS read", 7, ENOENT, "no machine has a system call of this name: 'errno'"},
	{"deny read if", 13, EINVAL, "expected an argument's name or 'kernel'"},
	{"deny read if fd", 16, EINVAL, "expected '==', '!=', '<', '<=', '>', '>=', '&', 'in' or 'not in'"},
	{"deny read if fd = 1", 17, EINVAL, "'=' is no sign: '==' compares"},
	{"deny read if fd == ", 20, EINVAL, "expected a constant or a number"},
	{"deny read if fd == x", 20, ENOENT, "unknown constant: 'x'"},
	{"deny read if fd == 0x", 20, EINVAL, "not a number of 64 bits: '0x'"},
	{"deny read if fd == 08", 20, EINVAL, "not a number of 64 bits: '08'"},
	{"deny read if fd == 0x1g", 20, EINVAL, "not a number of 64 bits: '0x1g'"},
	{"deny read if fd == 0x100000000", 20, EINVAL,
	 "the kernel reads 32 bits of this argument: '0x100000000'"},
	{"deny read if fd == 99999999999999999999999", 20, EINVAL,
	 "not a number of 64 bits: '99999999999999999999999'"},
	{"deny read if fd == -2147483649", 20, EINVAL,
	 "the kernel reads 32 bits of this argument: '-2147483649'"},
	{"deny read if fd == 1 &&", 24, EINVAL, "expected an argument's name or 'kernel'"},
	{"deny read if fd == 1 && fd == 2 && fd == 3 && fd == 4 && fd == 5 && fd == 6 && fd == 7", 80, EINVAL,
	 "too many tests in one rule: 'fd'"},
	{"deny read if fd == 1 if fd == 2", 22, EINVAL, "a second condition; join them with '&&': 'if'"},
	{"deny read if fd in 1", 20, EINVAL, "expected '{': '1'"},
	{"deny read if fd in {", 21, EINVAL, "expected a constant or a number"},
	{"deny read if fd in {}", 21, EINVAL, "expected a constant or a number: '}'"},
	{"deny read if fd in {1,}", 23, EINVAL, "expected a constant or a number: '}'"},
	{"deny read if fd in {1", 22, EINVAL, "expected '}'"},
	{"deny read if fd not {1}", 21, EINVAL, "expected 'in': '{'"},
	{"deny read if fd not in 1", 24, EINVAL, "expected '{': '1'"},
	{"deny read if fd & 0", 19, EINVAL, "no bits: this can never hold"},
	{"deny read if fd & (1", 21, EINVAL, "expected ')'"},
	{"deny read if fd & (1 |", 23, EINVAL, "expected a constant or a number"},
	{"deny read if fd & 1 == 2", 24, EINVAL, "has bits that '&' takes away: this can never hold"},
	{"deny read if fd & 1 == (2 | 1", 30, EINVAL, "expected ')'"},
	{"deny read if fd & 1 != 1", 21, EINVAL, "expected 'if', 'unless' or the end of the line: '!='"},
	{"deny read if fd == 1 | 2", 22, EINVAL, "expected 'if', 'unless' or the end of the line: '|'"},
	{"deny read if buf == 0", 14, EINVAL,
	 "'buf' of 'read' is a pointer: a filter sees an address, never what is there"},
	{"deny read if count == 1 && buf == 1", 28, EINVAL,
	 "'buf' of 'read' is a pointer: a filter sees an address, never what is there"},
	{"deny read if cnt == 1", 14, ENOENT, "'read' has no argument of this name: 'cnt'"},
	{"deny read if nbytes == 1", 14, ENOENT, "'read' has no argument of this name: 'nbytes'"},
	{"deny getpid if pid == 1", 16, ENOENT, "'getpid' has no argument of this name: 'pid'"},
	{"deny read write close if count == 1", 26, ENOENT, "'close' has no argument of this name: 'count'"},
	{"deny socket openat if flags == 1", 23, ENOENT, "'socket' has no argument of this name: 'flags'"},
	{"deny openat open if flags & O_CREAT", 21, EINVAL,
	 "'flags' is not the same in 'open' and 'openat': give each a line of its own"},
	{"deny mkdir if mode == 0700", 20, EINVAL,
	 "the kernel reads 16 bits of this argument: expected '& BITS' or '& BITS == VALUE': '=='"},
	{"deny mkdir if mode in {0700}", 20, EINVAL,
	 "the kernel reads 16 bits of this argument: expected '& BITS' or '& BITS == VALUE': 'in'"},
	{"deny mkdir if mode > 5", 20, EINVAL,
	 "the kernel reads 16 bits of this argument: expected '& BITS' or '& BITS == VALUE': '>'"},
	{"deny @chown if owner == 0", 16, EINVAL,
	 "'owner' is not the same in 'fchown32' and 'fchownat': give each a line of its own"},
	{"deny read if arg6 == 1", 14, ENOENT, "'read' has no argument of this name: 'arg6'"},
	{"deny read if argx == 1", 14, ENOENT, "'read' has no argument of this name: 'argx'"},
	{"deny read if kernel", 20, EINVAL, "expected '<' or '>='"},
	{"deny read if kernel = 5.0", 21, EINVAL, "'=' is no sign: '==' compares"},
	{"deny read if kernel == 5.0", 21, EINVAL, "expected '<' or '>=': '=='"},
	{"deny read if kernel <= 5.0", 21, EINVAL, "expected '<' or '>=': '<='"},
	{"deny read if kernel < 5", 23, EINVAL, "expected a kernel version such as 6.7: '5'"},
	{"deny read if kernel < 5.10.3", 23, EINVAL, "expected a kernel version such as 6.7: '5.10.3'"},
	{"deny read if kernel < 5.10-rc1", 23, EINVAL, "expected a kernel version such as 6.7: '5.10-rc1'"},
	{"deny read if kernel < 5.10.", 23, EINVAL, "expected a kernel version such as 6.7: '5.10.'"},
	{"deny read if kernel < x", 23, EINVAL, "expected a kernel version such as 6.7: 'x'"},
	{"deny read if kernel < 5.0 && kernel < 5.1", 37, EINVAL, "the kernel is compared twice: '<'"},
	{"deny read if kernel >= 5.0 && kernel >= 5.1", 38, EINVAL, "the kernel is compared twice: '>='"},
	{"deny read if kernel < 5.0 && kernel >= 5.0", 37, EINVAL, "no kernel is in this range"},
	{"deny read if kernel < 0.0", 21, EINVAL, "no kernel is in this range"},
	{"deny read if 5 == fd", 14, ENOENT, "'read' has no argument of this name: '5'"},
	{"deny read if {", 14, EINVAL, "expected an argument's name or 'kernel': '{'"},
	{"deny socket if domain == AF_INET5", 26, ENOENT,
	 "unknown constant: 'AF_INET5'; did you mean 'AF_INET'?"},
	{"deny socket if domain == AFUNIX", 26, ENOENT,
	 "unknown constant: 'AFUNIX'; did you mean 'AF_UNIX'?"},
	{"deny socket if domain == SOCK_STREAM", 26, EINVAL,
	 "'SOCK_STREAM' is no value of 'domain', which takes constants of AF"},
	{"deny socket if domain == FOO", 26, ENOENT, "unknown constant: 'FOO'"},
	{"deny socket if type & AF_INET", 23, EINVAL,
	 "'AF_INET' is no value of 'type', which takes constants of SOCK"},
	{"deny read if fd == AF_INET", 20, EINVAL,
	 "'AF_INET' is no value of 'fd', which takes plain numbers"},
	{"deny openat if flags & S_ISUID", 24, EINVAL,
	 "'S_ISUID' is no value of 'flags', which takes constants of O"},
	{"deny ioctl if request in {TIOCST, 1}", 27, ENOENT,
	 "unknown constant: 'TIOCST'; did you mean 'TIOCSTI'?"},
	{"deny prctl if option == PR_SET_NMAE", 25, ENOENT,
	 "unknown constant: 'PR_SET_NMAE'; did you mean 'PR_SET_NAME'?"},
	{"deny ioctl if cmd == 1", 15, ENOENT, "'ioctl' has no argument of this name: 'cmd'"},
	{"deny prctl if arg2 == PR_FOO", 23, ENOENT, "unknown constant: 'PR_FOO'"},
	{"deny read unless", 17, EINVAL, "expected 'cap'"},
	{"deny read unless SYS_ADMIN", 18, EINVAL, "expected 'cap': 'SYS_ADMIN'"},
	{"deny read unless cap", 21, EINVAL, "expected a capability"},
	{"deny read unless cap FOO", 22, ENOENT, "unknown capability: 'FOO'"},
	{"deny read unless cap SYS_ADMN", 22, ENOENT,
	 "unknown capability: 'SYS_ADMN'; did you mean 'SYS_ADMIN'?"},
	{"deny read unless cap CAP_SYS_ADMN", 22, ENOENT,
	 "unknown capability: 'CAP_SYS_ADMN'; did you mean 'SYS_ADMIN'?"},
	{"deny read unless cap net_rwa", 22, ENOENT,
	 "unknown capability: 'net_rwa'; did you mean 'NET_RAW'?"},
	{"deny read unless cap KILL,", 27, EINVAL, "expected a capability"},
	{"deny read unless cap KILL SYS_ADMIN", 27, EINVAL,
	 "expected 'if', 'unless' or the end of the line: 'SYS_ADMIN'"},
	{"deny read unless cap KILL unless cap KILL", 27, EINVAL,
	 "a second 'unless'; name all capabilities in one: 'unless'"},
	{"deny read unless cap , KILL", 22, EINVAL, "expected a capability: ','"},
	{"deny read if fd == 1 read", 22, EINVAL, "expected 'if', 'unless' or the end of the line: 'read'"},
	{"deny read (", 11, EINVAL, "expected 'if', 'unless' or the end of the line: '('"},
	{"known-thru 6.1", 1, EINVAL, "unknown statement: 'known-thru'"},
	{"abis", 5, EINVAL, "expected 'native' or 'all'"},
	{"abis foreign", 6, EINVAL, "expected 'native' or 'all': 'foreign'"},
	{"abis native all", 13, EINVAL, "expected the end of the line: 'all'"},
	{"exec", 5, EINVAL, "expected 'allow' or 'deny'"},
	{"exec maybe", 6, EINVAL, "expected 'allow' or 'deny': 'maybe'"},
	{"exec deny now", 11, EINVAL, "expected the end of the line: 'now'"},
	{"execdeny", 1, EINVAL, "unknown statement: 'execdeny'"},
	{"no-new-privs", 13, EINVAL, "expected 'on' or 'off'"},
	{"no-new-privs yes", 14, EINVAL, "expected 'on' or 'off': 'yes'"},
	{"no_new_privs on", 1, EINVAL, "unknown statement: 'no_new_privs'; did you mean 'no-new-privs'?"},
	{"denny read", 1, EINVAL, "unknown statement: 'denny'; did you mean 'deny'?"},
	{"Allow read", 1, EINVAL, "unknown statement: 'Allow'; did you mean 'allow'?"},
	{"frobnicate", 1, EINVAL, "unknown statement: 'frobnicate'"},
	{"frobnicate x", 1, EINVAL, "unknown statement: 'frobnicate'"},
	{"read", 5, EINVAL, "expected a path"},
	{"& x", 1, EINVAL, "unknown statement: '&'"},
	{"( deny read )", 1, EINVAL, "unknown statement: '('"},
	{"123", 1, EINVAL, "unknown statement: '123'"},
	{"\"deny\" read", 1, EINVAL, "byte 0x22 does not belong here"},
	{"deny \"read\"", 6, EINVAL, "byte 0x22 does not belong here"},
	{"include", 8, EINVAL, "expected a preset or './FILE'"},
	{"include go-serve", 9, ENOENT,
	 "unknown preset (a file is written './NAME'): 'go-serve'; did you mean 'go-server'?"},
	{"include nothing", 9, ENOENT, "unknown preset (a file is written './NAME'): 'nothing'"},
	{"include ./x", 9, EINVAL, "only presets can be included here: './x'"},
	{"include /x", 9, EINVAL, "only presets can be included here: '/x'"},
	{"include go-cli more", 16, EINVAL, "expected the end of the line: 'more'"},
	{"include \"go-cli", 9, EINVAL,
	 "the quotes do not end on this line, or hold what is not allowed in them"},
	{"capabilities", 13, EINVAL, "expected 'none', 'keep', '+NAME' or '-NAME'"},
	{"capabilities all", 14, EINVAL, "expected 'none', 'keep', '+NAME' or '-NAME': 'all'"},
	{"capabilities SYS_ADMIN", 14, EINVAL, "expected 'none', 'keep', '+NAME' or '-NAME': 'SYS_ADMIN'"},
	{"capabilities +SYS_ADMIM", 14, ENOENT,
	 "unknown capability: '+SYS_ADMIM'; did you mean 'SYS_ADMIN'?"},
	{"capabilities + SYS_ADMIN", 14, ENOENT, "unknown capability: '+'"},
	{"capabilities -", 14, ENOENT, "unknown capability: '-'"},
	{"capabilities none +FOO", 19, ENOENT, "unknown capability: '+FOO'"},
	{"capabilities +a,b", 14, ENOENT, "unknown capability: '+a,b'"},
	{"limit", 6, EINVAL, "expected a limit such as nofile"},
	{"limit nofile", 13, EINVAL,
	 "expected SOFT or SOFT:HARD: numbers, with K, M or G where they are bytes, or 'unlimited'"},
	{"limit nofiles 1", 7, ENOENT, "unknown limit: 'nofiles'; did you mean 'nofile'?"},
	{"limit frob 1", 7, ENOENT, "unknown limit: 'frob'"},
	{"limit nofile x", 14, EINVAL, "limit 'nofile=x': expected a number or 'unlimited'"},
	{"limit nofile 1:", 14, EINVAL, "limit 'nofile=1:': expected a number or 'unlimited'"},
	{"limit nofile :1", 14, EINVAL, "limit 'nofile=:1': expected a number or 'unlimited'"},
	{"limit nofile 1:2:3", 14, EINVAL, "limit 'nofile=1:2:3': expected a number or 'unlimited'"},
	{"limit nofile 1T", 14, EINVAL, "limit 'nofile=1T': expected a number or 'unlimited'"},
	{"limit nofile 1 2", 16, EINVAL, "expected the end of the line: '2'"},
	{"limit nofile -1", 14, EINVAL, "limit 'nofile=-1': expected a number or 'unlimited'"},
	{"limit nofile 99999999999999999999", 14, EINVAL,
	 "limit 'nofile=99999999999999999999': expected a number or 'unlimited'"},
	{"limit nofile unlimited:x", 14, EINVAL,
	 "limit 'nofile=unlimited:x': expected a number or 'unlimited'"},
	{"limit nofile 4K", 14, EINVAL, "limit 'nofile=4K': expected a number or 'unlimited'"},
	{"limit as 1T", 10, EINVAL, "limit 'as=1T': expected a size (K, M, G) or 'unlimited'"},
	{"limit nofile 5:4", 14, EINVAL, "limit 'nofile=5:4': the soft limit is above the hard one"},
	{"env", 4, EINVAL, "expected 'keep', 'drop' or 'set'"},
	{"read /a#b", 8, EINVAL, GLUED},
	{"read /a\"b c\"", 8, EINVAL, GLUED},
	{"read \"/a\"/b", 10, EINVAL, GLUED},
	{"read \"/a\"\"/b\"", 10, EINVAL, GLUED},
	{"read /a\\x", 8, EINVAL, GLUED},
	{"env set A=\"b c\"", 11, EINVAL, GLUED},
	{"env set COLOUR=#fff", 16, EINVAL, GLUED},
	{"include ./a#b", 12, EINVAL, GLUED},
	{"\xef\xbb\xbf"
	 "default deny",
	 1, EINVAL, "a byte order mark: the text must begin without one"},
	{"env PATH", 5, EINVAL, "expected 'keep', 'drop' or 'set': 'PATH'"},
	{"env keep", 9, EINVAL, "expected the name of a variable, in which '*' is any text"},
	{"env keep A=B", 10, EINVAL, "a name holds no '=' (there is 'env set'): 'A=B'"},
	{"env drop", 9, EINVAL, "expected the name of a variable, in which '*' is any text"},
	{"env set", 8, EINVAL, "expected NAME=VALUE"},
	{"env set A", 9, EINVAL, "expected NAME=VALUE: 'A'"},
	{"env set =A", 9, EINVAL, "expected NAME=VALUE: '=A'"},
	{"env set A=1 B=2", 13, EINVAL, "expected the end of the line: 'B=2'"},
	{"env set \"A", 9, EINVAL, "the quotes do not end on this line, or hold what is not allowed in them"},
	{"env set \"A\\q\"", 9, EINVAL,
	 "the quotes do not end on this line, or hold what is not allowed in them"},
	{"env set \"A=\\x00\"", 9, EINVAL,
	 "the quotes do not end on this line, or hold what is not allowed in them"},
	{"env set \"A=\\x0\"", 9, EINVAL,
	 "the quotes do not end on this line, or hold what is not allowed in them"},
	{"user", 5, EINVAL, "expected USER or USER:GROUP"},
	{"user a:", 6, EINVAL, "expected USER or USER:GROUP: 'a:'"},
	{"user :b", 6, EINVAL, "expected USER or USER:GROUP: ':b'"},
	{"user a:b:c", 6, EINVAL, "expected USER or USER:GROUP: 'a:b:c'"},
	{"user a b", 8, EINVAL, "expected the end of the line: 'b'"},
	{"user \"a\"", 6, EINVAL, "expected USER or USER:GROUP: '\"a\"'"},
	{"write", 6, EINVAL, "expected a path"},
	{"write tmp", 7, EINVAL, "expected a path that begins with '/': 'tmp'"},
	{"write optional", 7, EINVAL, "expected a path: 'optional'"},
	{"write /tmp optional /x", 21, EINVAL, "expected the end of the line: '/x'"},
	{"write ./x", 7, EINVAL, "expected a path that begins with '/': './x'"},
	{"execute \"\"", 9, EINVAL, "expected a path that begins with '/': '\"\"'"},
	{"bind", 5, EINVAL, "expected a port, or two with '-' between"},
	{"bind http", 6, EINVAL, "expected a port, or two with '-' between: 'http'"},
	{"bind 65536", 6, EINVAL, "expected a port, or two with '-' between: '65536'"},
	{"bind 80-", 6, EINVAL, "expected a port, or two with '-' between: '80-'"},
	{"bind 90-80", 6, EINVAL, "expected a port, or two with '-' between: '90-80'"},
	{"bind -80", 6, EINVAL, "expected a port, or two with '-' between: '-80'"},
	{"bind 80 optional 81", 18, EINVAL, "expected the end of the line: '81'"},
	{"bind 80,81", 6, EINVAL, "expected a port, or two with '-' between: '80,81'"},
	{"connect", 8, EINVAL, "expected a port, or two with '-' between"},
	{"connect 1-2-3", 9, EINVAL, "expected a port, or two with '-' between: '1-2-3'"},
	{"connect optional", 9, EINVAL, "expected a port, or two with '-' between: 'optional'"},
	{"deny read; deny write", 10, EINVAL, "byte 0x3b does not belong here"},
	{"deny read $x", 11, EINVAL, "byte 0x24 does not belong here"},
	{"deny read 'x'", 11, EINVAL, "byte 0x27 does not belong here"},
	{"deny r\xc3\xa9"
	 "ad",
	 6, ENOENT, "no machine has a system call of this name: 'r'"},
	{"deny read \\ x", 11, EINVAL, "byte 0x5c does not belong here"},
	{"deny aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 6, ENOENT,
	 "no machine has a system call of this name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"},
	{"deny listns", 6, EINVAL,
	 "'listns' came with Linux 6.19, later than 'known-through 6.7' in line 1 of 't'"},
	{"allow read rseq_slice_yield", 12, EINVAL,
	 "'rseq_slice_yield' came with Linux 7.0, later than 'known-through 6.7' in line 1 of 't'"},
	{"deny setxattrat if flags & 1", 20, ENOENT, "'setxattrat' has no argument of this name: 'flags'"},
	{"deny file_getattr write", 6, EINVAL,
	 "'file_getattr' came with Linux 6.17, later than 'known-through 6.7' in line 1 of 't'"},
	{"deny @swp", 6, ENOENT, "unknown group: '@swp'; did you mean '@swap'?"},
	{"deny read if flgs == 1", 14, ENOENT, "'read' has no argument of this name: 'flgs'"},
	{"deny openat if flgs & 1", 16, ENOENT,
	 "'openat' has no argument of this name: 'flgs'; did you mean 'flags'?"},
	{"deny socket if domian == 1", 16, ENOENT,
	 "'socket' has no argument of this name: 'domian'; did you mean 'domain'?"},
	{"deny socket if protocol == AF_INET", 28, EINVAL,
	 "'AF_INET' is no value of 'protocol', which takes constants of IPPROTO+NETLINK"},
	{"deny clone if flags & CLONE_NEWUSR", 23, ENOENT,
	 "unknown constant: 'CLONE_NEWUSR'; did you mean 'CLONE_NEWUSER'?"},
	{"deny clone if flags & CLONE_NEWTIME", 23, EINVAL,
	 "'CLONE_NEWTIME' is no value of 'flags', which takes constants of CLONE+SIG"},
	{"deny unshare if flags & CLONE_NEWTIMES", 25, ENOENT,
	 "unknown constant: 'CLONE_NEWTIMES'; did you mean 'CLONE_NEWTIME'?"},
	{"deny mmap if prot & MAP_SHARED", 21, EINVAL,
	 "'MAP_SHARED' is no value of 'prot', which takes constants of PROT"},
	{"deny mmap if length > -9223372036854775809", 23, EINVAL,
	 "not a number of 64 bits: '-9223372036854775809'"},
	{"deny mmap if length > 18446744073709551616", 23, EINVAL,
	 "not a number of 64 bits: '18446744073709551616'"},
	{"deny fcntl if cmd == F_SETFD && arg == 1", 33, ENOENT,
	 "'fcntl' has no argument of this name: 'arg'"},
	{"deny read if arg0", 18, EINVAL, "expected '==', '!=', '<', '<=', '>', '>=', '&', 'in' or 'not in'"},
	{"deny read if arg0 == {1}", 22, EINVAL, "expected a constant or a number: '{'"},
	{"deny read if arg0 in (1)", 22, EINVAL, "expected '{': '('"},
	{"deny read if arg0 < {1}", 21, EINVAL, "expected a constant or a number: '{'"},
	{"deny read if arg0 ! 1", 19, EINVAL, "byte 0x21 does not belong here"},
	{"deny read if not", 14, ENOENT, "'read' has no argument of this name: 'not'"},
	{"deny read if unless", 14, ENOENT, "'read' has no argument of this name: 'unless'"},
	{"deny if", 6, EINVAL, "expected the name of a system call or an @group: 'if'"},
	{"deny unless cap KILL", 6, EINVAL, "expected the name of a system call or an @group: 'unless'"},
	{"deny read if kernel", 20, EINVAL, "expected '<' or '>='"},
	{"deny read if kernel >=", 23, EINVAL, "expected a kernel version such as 6.7"},
	{"deny read if kernel < 70000.1", 23, EINVAL, "expected a kernel version such as 6.7: '70000.1'"},
	{"trap", 5, EINVAL, "expected the name of a system call or an @group"},
	{"log", 4, EINVAL, "expected the name of a system call or an @group"},
	{"kill read if fd", 16, EINVAL, "expected '==', '!=', '<', '<=', '>', '>=', '&', 'in' or 'not in'"},
	{"capabilities keep all", 19, EINVAL, "expected 'none', 'keep', '+NAME' or '-NAME': 'all'"},
	{"limit nofile unlimit", 14, EINVAL, "limit 'nofile=unlimit': expected a number or 'unlimited'"},
	{"limit stack 1KK", 13, EINVAL, "limit 'stack=1KK': expected a size (K, M, G) or 'unlimited'"},
	{"read etc", 6, EINVAL, "expected a path that begins with '/': 'etc'"},
	{"read /etc /usr optional optional", 25, EINVAL, "expected the end of the line: 'optional'"},
	{"env set \"=x\"", 9, EINVAL, "expected NAME=VALUE: '\"=x\"'"},
	{"env keep \"A=B\"", 10, EINVAL, "a name holds no '=' (there is 'env set'): '\"A=B\"'"},
	{"env keep \"A\\x3dB\"", 10, EINVAL, "a name holds no '=' (there is 'env set'): '\"A\\x3dB\"'"},
	{"env sets A=1", 5, EINVAL, "expected 'keep', 'drop' or 'set': 'sets'"},
	{"include \"./x\"", 9, EINVAL, "only presets can be included here: '\"./x\"'"},
	{"include \"\"", 9, ENOENT, "unknown preset (a file is written './NAME'): '\"\"'"},
	{"exec allow deny", 12, EINVAL, "expected the end of the line: 'deny'"},
	{"abis all native", 10, EINVAL, "expected the end of the line: 'native'"},
	{"no-new-privs off on", 18, EINVAL, "expected the end of the line: 'on'"},
};

/* Bytes that cannot be shown are "?". */
static void shown_line(const char *line, char *shown, size_t size)
{
	snprintf(shown, size, "%s", line);
	for (; *shown; shown++)
		if (*shown < ' ' || *shown > 0x7e)
			*shown = '?';
}

START_TEST(complaints)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char text[256], line[200], expected[512];

	snprintf(text, sizeof(text), HEAD "%s", rows[_i].statement);
	shown_line(rows[_i].statement, line, sizeof(line));
	snprintf(expected, sizeof(expected), "t:%d:%u: %s\n%s\n%*s", HEAD_LINE, rows[_i].column,
		 rows[_i].what, line, (int)rows[_i].column, "^");
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, &p, &err),
			 -rows[_i].errnum);
	ck_assert_str_eq(err.msg, expected);
	ck_assert_int_eq(err.errnum, rows[_i].errnum);
	ck_assert_ptr_null(p.files);
}
END_TEST

/* What is wrong with a text as a whole. */
static const struct {
	const char *text, *message;
	int errnum;
} texts[] = {
	{"", "t:1:1: the policy does not say 'default'\n\n^", EINVAL},
	{"# nothing\n\n", "t:3:1: the policy does not say 'default'\n\n^", EINVAL},
	{"known-through 6.7",
	 "t:1:18: the policy does not say 'default'\nknown-through 6.7\n                 ^", EINVAL},
	{"default", "t:1:8: expected 'allow', 'deny', 'kill', 'trap' or 'log'\ndefault\n       ^", EINVAL},
	{"default read",
	 "t:1:9: expected 'allow', 'deny', 'kill', 'trap' or 'log': 'read'\ndefault read\n        ^", EINVAL},
	{"default allow errno EPERM",
	 "t:1:15: expected the end of the line: 'errno'\ndefault allow errno EPERM\n"
	 "              ^",
	 EINVAL},
	{"default deny errno EPERMM",
	 "t:1:20: unknown errno name: 'EPERMM'; did you mean 'EPERM'?\ndefault deny errno EPERMM\n"
	 "                   ^",
	 ENOENT},
	{"default deny read",
	 "t:1:14: expected the end of the line: 'read'\ndefault deny read\n             ^", EINVAL},
	{"default allow\ndefault allow",
	 "t:2:1: 'default' is said twice, in line 1 already\ndefault allow\n^", EINVAL},
	{"known-through 6",
	 "t:1:15: expected a kernel version such as 6.7: '6'\nknown-through 6\n              ^", EINVAL},
	{"known-through 2.6",
	 "t:1:15: the calls of Linux 3.0 to 7.2 are known\nknown-through 2.6\n              ^", EINVAL},
	{"known-through 7.3",
	 "t:1:15: the calls of Linux 3.0 to 7.2 are known\nknown-through 7.3\n              ^", EINVAL},
	{"known-through 6.7 6.8",
	 "t:1:19: expected the end of the line: '6.8'\nknown-through 6.7 6.8\n                  ^", EINVAL},
	{"known-through 6.7\nknown-through 6.7",
	 "t:2:1: 'known-through' is said twice, in line 1 already\nknown-through 6.7\n^", EINVAL},
	{"exec deny\nexec deny", "t:2:1: 'exec' is said twice, in line 1 already\nexec deny\n^", EINVAL},
	{"abis all\nabis all", "t:2:1: 'abis' is said twice, in line 1 already\nabis all\n^", EINVAL},
	{"no-new-privs on\n\nno-new-privs on",
	 "t:3:1: 'no-new-privs' is said twice, in line 1 already\nno-new-privs on\n^", EINVAL},
	{"default allow\ndeny \\\n\tread \\\n  wrte",
	 "t:4:3: no machine has a system call of this name: 'wrte'; did you mean 'write'?\n  wrte\n  ^",
	 ENOENT},
	{"default allow\r\n",
	 "t:1:14: a carriage return: lines end with a line feed alone\ndefault allow?\n             ^",
	 EINVAL},
};

START_TEST(whole_texts)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "t", texts[_i].text, NULL, NULL, &p, &err),
			 -texts[_i].errnum);
	ck_assert_str_eq(err.msg, texts[_i].message);
}
END_TEST

/* A place far to the right: the message still has its words and the beginning of the line. */
START_TEST(long_line)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char text[512], name[200];

	snprintf(text, sizeof(text), HEAD "deny read %*s if", 300, "write");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), name, text, NULL, NULL, &p, &err), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(err.msg, "nnn:3:314: expected an argument's name or 'kernel'\ndeny read   "));
	ck_assert_ptr_null(strchr(err.msg, '^'));
}
END_TEST

/* A policy with any byte replaced, by NUL too, is read or refused; nothing crashes. */
START_TEST(damaged_text)
{
	static const char whole[] =
		HEAD "deny errno ENOSYS clone3 unless cap SYS_ADMIN, BPF \\\n"
		     "if kernel < 4.8\ndeny socket if domain not in {1, 2 | 8} && type & (1|2)\n"
		     "env set \"A=\\x41\" # x\nlimit nofile 1:2\nread /a optional\ninclude default\n";
	static const char bytes[] = "\n\\#{}(),&|<>=!\"\x01\xff \t0az";
	char text[sizeof(whole)];

	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++) {
			gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
			struct gl_err err = GL_ERR_INIT;
			int r;

			memcpy(text, whole, sizeof(whole));
			text[i] = bytes[j];
			r = gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, &p, &err);
			if (r != 0 && r != -EINVAL && r != -ENOENT)
				ck_abort_msg("byte %zu: %d", i, r);
			if (r < 0 && strncmp(err.msg, "t:", 2) != 0)
				ck_abort_msg("byte %zu: '%s'", i, err.msg);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("parse_errors");
	TCase *c = tcase_create("parse_errors");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, complaints, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_loop_test(c, whole_texts, 0, (int)GL_ARRAY_SIZE(texts));
	tcase_add_test(c, long_line);
	tcase_add_test(c, damaged_text);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
