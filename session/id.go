package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/keryx-go/keryx/internal/slot"
)

// alphabet is that of [rand.Text].
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// The length of an id: that of [rand.Text] at least, which may grow.
const minLength, maxLength = 26, 64

func newID() string { return rand.Text() }

// issued reports whether an id looks like one that a server has made: ours, or the
// UUID of a Keryx server on the same Redis. Nothing else gets near Redis.
func issued(id string) bool {
	if isUUID(id) {
		return true
	}
	if len(id) < minLength || len(id) > maxLength {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		switch i {
		case 8, 13, 18, 23:
			if id[i] != '-' {
				return false
			}
		default:
			if !strings.Contains("0123456789abcdef", id[i:i+1]) {
				return false
			}
		}
	}
	return true
}

// sibling returns a new id whose key, which begins with a prefix, lies in the same slot of
// a cluster as that of an old one, so that one script can move a session from the one to the other. It
// is as random as any other: the slot is steered by what follows the random part.
// The search takes some 0.1 ms.
func sibling(prefix, old string) string {
	want := slot.Checksum(0, prefix+old) % slot.Count
	for {
		id := newID()
		if found, ok := steer([]byte(id), slot.Checksum(0, prefix+id), want, steering); ok {
			return string(found)
		}
	}
}

// steering is how many characters steer: enough for every slot to be found.
const steering = 4

// steer appends characters to an id whose key has the checksum crc until that of
// the key is in the wanted slot.
func steer(id []byte, crc, want uint16, left int) ([]byte, bool) {
	for i := range len(alphabet) {
		next := slot.Checksum(crc, alphabet[i:i+1])
		longer := append(id, alphabet[i])
		if left > 1 {
			if found, ok := steer(longer, next, want, left-1); ok {
				return found, true
			}
		} else if next%slot.Count == want {
			return longer, true
		}
	}
	return nil, false
}

// Digest returns a text that stands for an id where the id itself, which is a bearer
// secret, must not be: a hash from which it cannot be found.
func Digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
