//go:build !linux

package process

import "time"

// RSS returns 0: the resident memory is unknown here.
func RSS(int) (int64, error) { return 0, nil }

// CPU returns 0: the processor time is unknown here.
func CPU(int) (time.Duration, error) { return 0, nil }

// OwnCPU returns 0: the processor time is unknown here.
func OwnCPU() time.Duration { return 0 }
