//go:build !linux

package portowner

func find(int) (Process, bool) { return Process{}, false }
