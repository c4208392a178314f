package session

import (
	"strconv"
	"strings"
	"time"
)

// move is what Redis holds for a moment in place of a session that has got another id: a
// login of the same user that began before finds the session there, and need not make a
// second one. It is not followed for anything else.
type move struct {
	to    string    // the id
	until time.Time // from when on it is not followed
}

const (
	movePrefix = "moved:"
	// moveTime is how long a move can be followed. Two logins that take longer than that
	// are one after the other.
	moveTime = 10 * time.Second
)

func newMove(to string) *move { return &move{to, time.Now().Add(moveTime)} }

func (m *move) String() string {
	return movePrefix + strconv.FormatInt(m.until.UnixMilli(), 10) + ":" + m.to
}

// parseMove reports whether raw is a move. It is nil when it leads nowhere any more.
func parseMove(raw string) (m *move, ok bool) {
	rest, ok := strings.CutPrefix(raw, movePrefix)
	if !ok {
		return nil, false
	}
	until, to, _ := strings.Cut(rest, ":")
	ms, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !issued(to) || !time.Now().Before(time.UnixMilli(ms)) {
		return nil, true
	}
	return &move{to, time.UnixMilli(ms)}, true
}
