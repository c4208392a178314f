package redis

import (
	"crypto/tls"
	"strings"
	"time"
)

// DefaultTimeout is the default of [Options.Timeout]: with the time that a
// process needs to start and to end, it is out within three seconds.
const DefaultTimeout = 2500 * time.Millisecond

// Options are what [Open] wants to know beside the URL. The zero value is fine.
type Options struct {
	// Process names this process in CLIENT LIST, as "keryx:" and this name.
	// Empty: "keryx" alone. The URL's client_name wins.
	Process string
	// Production refuses an embedded server, unless its URL insists.
	Production bool
	// Timeout bounds Open as a whole. Zero: [DefaultTimeout].
	Timeout time.Duration
	// Variable is the setting that holds the URL, for the error message.
	// Empty: REDIS_URL.
	Variable string
	// ClientSideCache has Client answer reads from its own memory, of up to
	// 64 MB, until Redis says that a key has changed. That news takes some
	// milliseconds, also for changes that this client has made; if it gets
	// lost, reads are stale for up to five seconds. Only one server's database
	// 0 can do it: anything else is an error of [Open].
	ClientSideCache bool
	// TLS is the base of the TLS settings of rediss URLs: a private authority,
	// a client certificate. It is cloned; ServerName, when empty, is the URL's
	// host. Nil: the system's authorities. Other schemes ignore it.
	TLS *tls.Config
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Variable == "" {
		o.Variable = "REDIS_URL"
	}
	return o
}

// clientName returns the name for CLIENT SETNAME, which takes no spaces.
func (o Options) clientName() string {
	if o.Process == "" {
		return "keryx"
	}
	return "keryx:" + strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, o.Process)
}
