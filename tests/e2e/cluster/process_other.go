//go:build !linux

package cluster

import "syscall"

// dieWithParent is nothing where the kernel offers nothing: there a test process that is killed leaves its cluster behind.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{}
}
