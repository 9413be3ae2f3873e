# Small surgery on little-endian 64-bit ELF files, for tests that need broken
# ones.  Sourced.  Offsets are of the gABI: e_phoff 0x20, e_phnum 0x38; program
# headers of 56 bytes: p_type 0, p_flags 4, p_offset 8, p_vaddr 16, p_filesz
# 32, p_memsz 40, p_align 48.

# elf_put FILE OFFSET HEX: writes these bytes ("00ff7f"), the file keeps its size.
elf_put() {
	printf "$(printf '%s' "$3" | sed 's/../\\x&/g')" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# elf_number FILE OFFSET SIZE
elf_number() {
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# elf_hex NUMBER SIZE: little-endian bytes.
elf_hex() {
	local n=$1 i out=
	for ((i = 0; i < $2; i++)); do
		out+=$(printf '%02x' $((n & 255)))
		n=$((n >> 8))
	done
	echo "$out"
}

# elf_phdr FILE TYPE [NTH]: where the n-th (0) program header of that type stands.
elf_phdr() {
	local phoff phnum i nth=${3:-0}
	phoff=$(elf_number "$1" 32 8) phnum=$(elf_number "$1" 56 2)
	for ((i = 0; i < phnum; i++)); do
		if [ "$(elf_number "$1" $((phoff + 56 * i)) 4)" = "$2" ] && [ $((nth--)) = 0 ]; then
			echo $((phoff + 56 * i))
			return 0
		fi
	done
	return 1
}

PT_LOAD=1 PT_DYNAMIC=2 PT_INTERP=3

# elf_set_interpreter FILE PATH: PATH is no longer than the one that is there.
elf_set_interpreter() {
	local header offset size
	header=$(elf_phdr "$1" $PT_INTERP) || return 1
	offset=$(elf_number "$1" $((header + 8)) 8) size=$(elf_number "$1" $((header + 32)) 8)
	[ ${#2} -lt "$size" ] || return 1
	printf '%s\0' "$2" | dd of="$1" bs=1 seek="$offset" conv=notrunc status=none
	elf_put "$1" $((header + 32)) "$(elf_hex $((${#2} + 1)) 8)"
	elf_put "$1" $((header + 40)) "$(elf_hex $((${#2} + 1)) 8)"
}

# elf_dynamic FILE TAG: where the value of this DT_* entry stands.
elf_dynamic() {
	local header offset i
	header=$(elf_phdr "$1" $PT_DYNAMIC) || return 1
	offset=$(elf_number "$1" $((header + 8)) 8)
	for ((i = 0; i < 64; i++)); do
		case $(elf_number "$1" $((offset + 16 * i)) 8) in
		"$2") echo $((offset + 16 * i + 8)); return 0 ;;
		0) return 1 ;;
		esac
	done
	return 1
}

# elf_replace FILE OLD NEW: every OLD becomes NEW, which is as long.
elf_replace() {
	[ ${#2} = ${#3} ] || return 1
	LC_ALL=C sed -i "s/${2//./\\.}/$3/g" "$1"
}
