package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redact"
)

// failure is the error of [Open]: one line to read, the causes to unwrap.
type failure struct {
	text   string
	causes []error
}

func (f *failure) Error() string   { return f.text }
func (f *failure) Unwrap() []error { return f.causes }

// openError says which Redis cannot be reached, why, and what to set.
func openError(rawURL string, cause error, waited time.Duration, o Options) error {
	why, causes := cause.Error(), []error{cause}
	if reply := goredis.Error(nil); errors.As(cause, &reply) {
		why = redact.Scrub(why, rawURL) // a server that does not know AUTH or HELLO repeats their arguments
	}
	if isTimeout(cause) {
		// The timeout of a socket and the end of the context that set it race.
		why = fmt.Sprintf("no answer within %v", waited)
		if errors.Is(cause, errHandshake) {
			why = "no TLS: " + why + " to the handshake"
		}
		causes = append(causes, context.DeadlineExceeded)
	}
	shown := Redact(rawURL)
	if shown == "" {
		shown = "no URL"
	}
	if cache := (*clientCacheError)(nil); errors.As(cause, &cache) {
		return &failure{
			text:   fmt.Sprintf("cannot use client-side caching with redis (%s): %s; unset REDIS_CLIENT_SIDE_CACHE", shown, cache.why),
			causes: causes,
		}
	}
	return &failure{
		text:   fmt.Sprintf("cannot connect to redis (%s): %s; set %s", shown, oneLine(why), o.Variable),
		causes: causes,
	}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// oneLine makes one line without a full stop of the lines of joined errors.
func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.TrimRight(strings.Join(lines, "; "), ". ")
}
