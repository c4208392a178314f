package auth

import (
	"time"
)

// Claim is what the rights of a connection rest on: a session, or a token with an
// end. Claims can be compared. The zero Claim is that of an anonymous connection.
type Claim struct {
	session string
	expires time.Time
}
