package kubelet

import (
	"os"
	"syscall"
)

// isOwned reports whether the root of a volume is such as own leaves it, for which a kubelet takes all of it then.
func isOwned(root string, group int) bool {
	info, err := os.Stat(root)
	if err != nil {
		return false
	}
	status, isUnix := info.Sys().(*syscall.Stat_t)
	const wanted = 0o770
	return isUnix && int(status.Gid) == group && info.Mode().Perm()&wanted == wanted && info.Mode()&os.ModeSetgid != 0
}
