# Puts the policy language's data into its manual:
#
#	awk -f man/policy.awk man/golaunch.policy.5.in GROUP... PRESET... LIST... landlock_paths.c
#
# The first file is the manual; its lines @groups@, @presets@, @arguments@,
# @constants@ and @paths@ are replaced by what the other files hold.  Texts are
# shown as they are, so that what one reads here is what golaunch has.

function fail(what) {
	print "policy.awk: " what >"/dev/stderr"
	failed = 1
	exit 1
}

# As roff shows it letter by letter.
function literal(line) {
	gsub(/\\/, "\\e", line)
	gsub(/-/, "\\-", line)
	gsub(/'/, "\\(aq", line)
	gsub(/`/, "\\(ga", line)
	gsub(/\^/, "\\(ha", line)
	gsub(/~/, "\\(ti", line)
	return line ~ /^\./ ? "\\&" line : line
}

# Each on a line of its own.
function sentences(line) {
	gsub(/\.  /, ".\n", line)
	return line
}

function expand_tabs(line, at, out) {
	while ((at = index(line, "\t")) > 0) {
		out = substr(line, 1, at - 1)
		line = sprintf("%-" (int(length(out) / 8) + 1) * 8 "s", out) substr(line, at + 1)
	}
	return line
}

function name_of(path) {
	sub(/.*\//, "", path)
	sub(/\..*/, "", path)
	return path
}

# One row of a list, behind whatever kind of text was kept for it.
function put_item(head, summary, lines, count, i) {
	print ".It " head
	print literal(summary)
	print ".Bd -literal"
	for (i = 1; i <= count; i++)
		print literal(lines[i])
	print ".Ed"
}

# A group or a preset: its first line is "# NAME: SUMMARY".
function put_text(path, mark, line, lines, count, name, head) {
	name = name_of(path)
	head = "# " name ": "
	if ((getline line <path) <= 0 || index(line, head) != 1)
		fail(path ": the first line is not '" head "...'")
	count = 0
	while ((getline lines[count + 1] <path) > 0) {
		count++
		lines[count] = expand_tabs(lines[count])
		if (count == 1 && lines[1] ~ /^#?$/)
			count = 0
	}
	close(path)
	put_item("Ic " mark name, substr(line, length(head) + 1), lines, count)
}

function put_texts(suffix, mark, i, found) {
	print ".Bl -tag -width Ds"
	for (i = 2; i < files; i++)
		if (file[i] ~ suffix "$") {
			put_text(file[i], mark)
			found++
		}
	print ".El"
	if (!found)
		fail("no " suffix " was named")
}

function find_file(suffix, i) {
	for (i = 2; i < files; i++)
		if (substr(file[i], length(file[i]) - length(suffix) + 1) == suffix)
			return file[i]
	fail("no " suffix " was named")
}

function put_arguments(path, line) {
	path = find_file("/arguments.list")
	print ".Bd -literal"
	while ((getline line <path) > 0)
		if (line !~ /^(#|$)/)
			print literal(line)
	print ".Ed"
	close(path)
}

# Families with the comments right before them; not hyphenated (\\%).
function put_constants(path, line, word, comment) {
	path = find_file("/constants.list")
	print ".Bl -tag -width Ds"
	while ((getline line <path) > 0) {
		split(line, word, " ")
		if (line ~ /^# /)
			comment = comment (comment == "" ? "" : "\n") sentences(literal(substr(line, 3)))
		else if (word[1] == "family")
			print ".It " word[2] (comment == "" ? "" : "\n" comment "\n.br")
		else if (line !~ /^(#|$)/)
			print "\\%" literal(word[1])
		if (line !~ /^# ./)
			comment = ""
	}
	print ".El"
	close(path)
}

# "through X.Y" in the list of calls.
function last_release(path, line, word, release) {
	path = find_file("/syscalls.list")
	while ((getline line <path) > 0)
		if (split(line, word, " ") == 2 && word[1] == "through")
			release = word[2]
	close(path)
	if (release == "")
		fail(path ": no last release in it")
	return release
}

# The rows {"/path", RIGHTS, WHY}, of which WHY may be a name that is defined above.
function put_paths(path, line, part, why, reason, rights, text, place, items, reason_at, count, i) {
	path = find_file("/landlock_paths.c")
	while ((getline line <path) > 0) {
		if (line ~ /^#define [A-Z]+[ \t]+"/) {
			split(line, part, "\"")
			split(line, why, " ")
			reason[why[2]] = part[2]
		} else if (line ~ /^\t\{"\//) {
			split(line, part, "\"")
			rights = part[3]
			gsub(/[^A-Z ]/, " ", rights)
			split(rights, why, " ")
			text = part[4] != "" ? part[4] : reason[why[2]]
			if (text == "")
				fail(path ": no reason in: " line)
			if (why[1] == "DEVICE")
				text = text " (also for writing)"
			if (!(text in place)) {
				reason_at[++count] = text
				place[text] = count
			}
			items[place[text]] = items[place[text]] ".It\n.Pa " part[2] "\n"
		}
	}
	close(path)
	for (i = 1; i <= count; i++) {
		print (i > 1 ? ".Pp\n" : "") literal(reason_at[i]) ":"
		printf ".Bl -item -compact -offset indent\n%s.El\n", items[i]
	}
	if (!count)
		fail(path ": no paths in it")
}

BEGIN {
	files = ARGC
	for (i = 1; i < ARGC; i++)
		file[i] = ARGV[i]
	while ((getline line <file[1]) > 0) {
		if (line == "@groups@")
			put_texts(".group", "@")
		else if (line == "@presets@")
			put_texts(".policy", "")
		else if (line == "@arguments@")
			put_arguments()
		else if (line == "@constants@")
			put_constants()
		else if (line == "@paths@")
			put_paths()
		else {
			if (index(line, "@through@"))
				sub(/@through@/, last_release(), line)
			print line
		}
	}
	exit failed
}
