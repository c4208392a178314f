//go:build !linux

package process

import "syscall"

// attributes are none: what they do on Linux is not portable.
func attributes() *syscall.SysProcAttr { return nil }
