# Docker's seccomp profile as Docker gives it to runc: the "linux.seccomp" of an
# OCI config.json (Docker's profiles/seccomp/seccomp_linux.go).  Arguments:
# --arg machine amd64, --argjson kernel '[6,1]', and for a container with
# capabilities (none of those that exclude a rule) --argjson caps '["CAP_..."]'.
def version: split(".") | map(tonumber);
def selected:
	((.includes.arches // [$machine]) | index($machine)) and
	((.includes.caps // []) - ($ARGS.named.caps // []) == []) and
	((.includes.minKernel // "0.0" | version) <= $kernel) and
	(((.excludes.arches // []) | index($machine)) | not) and
	((.excludes.minKernel == null) or ($kernel < (.excludes.minKernel | version)));
def architecture: {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}[$machine];

{
	defaultAction,
	defaultErrnoRet,
	architectures: (.archMap[] | select(.architecture == architecture) | [.architecture] + .subArchitectures),
	syscalls: [.syscalls[] | select(selected) | {names, action, errnoRet, args} | with_entries(select(.value != null))]
}
