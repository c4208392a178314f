//go:build !linux

package process

import "time"

// RSS returns the resident memory of a process in bytes, or 0 where the system
// does not tell.
func RSS(int) (int64, error) { return 0, nil }

// CPU returns the processor time that a process has used, or 0 where the
// system does not tell.
func CPU(int) (time.Duration, error) { return 0, nil }

// OwnCPU returns the processor time that this process has used, or 0 where the
// system does not tell.
func OwnCPU() time.Duration { return 0 }
