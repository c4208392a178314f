package cache

import "time"

// hold is how a flight shows in Redis, by which the scripts recognise it.
type hold struct {
	mark string // the end of the value: a whole lease, or the token in a tag

	// Of a refresh only.
	token uint64
	left  time.Duration // what the entry had to live
	at    time.Time     // when it had that
}

// length is how much of the value's end goes when the hold is given up.
func (h *hold) length() int {
	if h.at.IsZero() {
		return len(h.mark)
	}
	return tagLength
}

// tag is the tag of a refresh for a lease that begins now; "" for a lease that is
// the value.
func (h *hold) tag(lease time.Duration) string {
	if h.at.IsZero() {
		return ""
	}
	return newTag(h.left-time.Since(h.at)-lease, h.token)
}
