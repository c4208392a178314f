package redis

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"time"
)

// DefaultTimeout is the default of [Options.Timeout]. A process that cannot
// reach Redis has ended within three seconds, its own start and end included.
const DefaultTimeout = 2500 * time.Millisecond

// Options configure [New] and [Open]. The zero value is fine for [Open].
type Options struct {
	// Name is the name of the part, for an app with several Redis. Empty: "redis".
	Name string
	// URL says where Redis is: see the package comment. [New] needs it.
	URL string
	// Logger gets a line about what Start has connected to. Nil discards it.
	Logger *slog.Logger
	// Prefix begins the name of every key and topic that the framework has in this Redis,
	// so that several apps can share one: "shop:". It may have letters, digits and : . _ - /.
	// Keys that an app names itself are what it says, those of package cache included;
	// [Connections.Key] puts the prefix before them. Empty: no prefix.
	Prefix string
	// Process names this process in CLIENT LIST, as "keryx:" and this name.
	// Empty: "keryx" alone. The URL's client_name wins.
	Process string
	// Production refuses an embedded server, unless its URL insists.
	Production bool
	// Timeout bounds Start as a whole. Zero: [DefaultTimeout].
	Timeout time.Duration
	// Variable is the setting that holds the URL, for the error message.
	// Empty: REDIS_URL.
	Variable string
	// ClientSideCache has Client answer reads from its own memory, of up to
	// 64 MB, until Redis says that a key has changed. That news takes some
	// milliseconds, also for changes that this client has made; if it gets
	// lost, reads are stale for up to five seconds. Only one server's database
	// 0 can do it: anything else is an error of Start.
	ClientSideCache bool
	// TLS is the base of the TLS settings of rediss URLs: a private authority,
	// a client certificate. It is cloned; ServerName, when empty, is the URL's
	// host. Nil: the system's authorities. Other schemes ignore it.
	TLS *tls.Config
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "redis"
	}
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
