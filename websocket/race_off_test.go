//go:build !race

package websocket_test

// raceEnabled reports whether the race detector is on, with which large replies take long.
const raceEnabled = false
