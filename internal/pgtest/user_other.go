//go:build !unix

package pgtest

import (
	"errors"
	"syscall"
)

// supported is false: the servers are supervised by a POSIX shell.
const supported = false

func unprivileged() (*syscall.SysProcAttr, error)             { return nil, errors.ErrUnsupported }
func detached(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }
func giveAway(string) error                                   { return errors.ErrUnsupported }
func giveAwayAll(string) error                                { return errors.ErrUnsupported }
func flush()                                                  {}
