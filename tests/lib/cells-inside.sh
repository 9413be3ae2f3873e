#!/app/busybox sh
# Runs in a foreign root, from /app: every program that /app/programs names, by
# every way given (see words), and prints for each
#	=== PROGRAM WAY
#	its output, stderr's lines with "stderr: " before them
#	status N
# Nothing is written and nothing of the root is used.
cd /app || exit 1
golaunch=/usr/bin/golaunch

# words WAY PROGRAM: the command that starts it so.
words() {
	case $1 in
	direct) echo "/app/bare/$2" ;;
	stub) echo "/app/$2.bundle/$2" ;;
	own) echo "$golaunch -- /app/$2" ;;
	launched | installed) echo "$golaunch -- /app/bare/$2" ;;
	cache) echo "$golaunch --bundle-cache /cache -- /app/bare/$2" ;;
	esac
}

# The environment: GOLAUNCH_CHECK is for golaunch, and the program must not see it.
travel() { # WAY PROGRAM
	case $1 in
	stub | direct) set -- "$1" "$2" A=1 ;;
	*) set -- "$1" "$2" A=1 GOLAUNCH_CHECK=strict ;;
	esac
	printf 'cargo' | /app/busybox env -i PATH=/bin GODEBUG=netdns=cgo "$3" ${4+"$4"} \
		$(words "$1" "$2") one 'two words' ''
}

# Its standard error apart, without a file to keep it.
marked() { # COMMAND...
	{
		{ "$@"; echo "status $?"; } 2>&1 >&4 4>&- | /app/busybox sed 's/^/stderr: /'
	} 4>&1
}

for program in $(/app/busybox cat /app/programs); do
	for way in "$@"; do
		echo "=== $program $way"
		case $way in
		plain-*) marked $(words "${way#plain-}" "$program") plain ;;
		report-*)
			# What it says goes nowhere: the report is all that is looked at.
			command=$(words "${way#report-}" "$program")
			$golaunch --report fd:3 ${command#"$golaunch" } wreck 3>&1 >/dev/null 2>&1
			echo "status $?"
			;;
		*) marked travel "$way" "$program" ;;
		esac
	done
done
