package auth

import (
	"slices"
	"strconv"
	"time"
)

// Identity is who is calling, and what they may do.
type Identity struct {
	// Subject is the id of the user or client, as text. It is never empty.
	Subject string
	// Scopes are what a token was granted. They do not limit an identity with
	// AllScopes, which a session has.
	Scopes    []string
	AllScopes bool
	// Roles are those of the subject: of a session the field "roles" of its data.
	Roles []string
	// Via says what proved the identity: [ViaSession], [ViaBearer], or the name that
	// an Authenticator uses.
	Via string
	// Explicit reports that the credentials were put into the request on purpose, such
	// as a token in the header Authorization. A browser adds cookies, certificates and
	// passwords of Basic by itself, also to requests that other sites cause: without
	// Explicit, package csrf asks for its token. [Bearer] sets it.
	Explicit bool
	// Expires is when the identity ends. Zero: with its session, or with the
	// connection.
	Expires time.Time
}

// What proves an identity; see [Identity].
const (
	ViaSession = "session"
	ViaBearer  = "bearer"
)

// HasScope reports whether the identity may do what the scope allows.
func (i *Identity) HasScope(scope string) bool {
	return i.AllScopes || slices.Contains(i.Scopes, scope)
}

// HasRole reports whether the subject has one of the roles.
func (i *Identity) HasRole(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(i.Roles, role) })
}

// ID returns the subject as a number, as the ids of most tables are. It is 0, which is no
// id, for a subject that is not the decimal form of a positive number.
func (i *Identity) ID() int64 {
	id, err := strconv.ParseInt(i.Subject, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != i.Subject {
		return 0
	}
	return max(id, 0)
}

// subject returns that of the identity, or "" for nil.
func (i *Identity) subject() string {
	if i == nil {
		return ""
	}
	return i.Subject
}
