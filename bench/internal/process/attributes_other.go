//go:build !linux

package process

import "syscall"

// attributes are empty: those for Linux are not portable.
func attributes() *syscall.SysProcAttr { return nil }
