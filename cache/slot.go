package cache

import "strings"

// A cluster's nodes fail one by one, so a breaker for the whole client would
// shut out the healthy ones. Nodes own ranges of slots; a breaker for each
// stripe of neighbouring slots is near enough to one for each node.
const (
	slots          = 16384
	slotsPerStripe = 256
)

// slot returns the cluster slot of key, as the cluster specification defines it.
func slot(key string) int {
	if start := strings.IndexByte(key, '{'); start >= 0 {
		if end := strings.IndexByte(key[start+1:], '}'); end > 0 {
			key = key[start+1 : start+1+end]
		}
	}
	var crc uint16 // CRC16-XMODEM
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			carry := crc & 0x8000
			crc <<= 1
			if carry != 0 {
				crc ^= 0x1021
			}
		}
	}
	return int(crc) % slots
}
