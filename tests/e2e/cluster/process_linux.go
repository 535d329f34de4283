package cluster

import "syscall"

// dieWithParent makes the kernel kill a process when the test process dies, which may happen without a chance to clean up:
// a test that times out, for instance.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
