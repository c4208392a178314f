// Package slot computes the hash slots of a Redis cluster's keys.
package slot

import "strings"

// Count is the number of slots in every cluster.
const Count = 16384

// Of returns the slot of key, from 0 to Count-1: that of the text between its
// first "{" and the next "}" if there is any, otherwise that of the whole key.
func Of(key string) int {
	if start := strings.IndexByte(key, '{'); start >= 0 {
		if end := strings.IndexByte(key[start+1:], '}'); end > 0 {
			key = key[start+1 : start+1+end]
		}
	}
	return int(Checksum(0, key) % Count)
}

// Checksum returns the CRC16 of a text that continues one whose CRC16 is crc; the
// CRC16 of "" is 0. It is the variant that the cluster specification names:
// XMODEM, with the polynomial 0x1021. A slot is the checksum modulo [Count].
func Checksum(crc uint16, text string) uint16 {
	for i := range len(text) {
		crc ^= uint16(text[i]) << 8
		for range 8 {
			carry := crc & 0x8000
			crc <<= 1
			if carry != 0 {
				crc ^= 0x1021
			}
		}
	}
	return crc
}
