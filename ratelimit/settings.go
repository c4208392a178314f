package ratelimit

import "time"

// Settings are the RATE_LIMIT_* settings.
type Settings struct {
	Enabled     bool          `env:"RATE_LIMIT_ENABLED" envDefault:"true" doc:"Whether the rate limiter limits."`
	Window      time.Duration `env:"RATE_LIMIT_WINDOW_MS" envDefault:"1m" unit:"ms" minimum:"1ms" doc:"The window in which runs are counted."`
	UnauthLimit int           `env:"RATE_LIMIT_UNAUTH_LIMIT" envDefault:"20" minimum:"1" doc:"How many runs a window has for an address that is not logged in."`
	AuthLimit   int           `env:"RATE_LIMIT_AUTH_LIMIT" envDefault:"200" minimum:"1" doc:"How many runs a window has for a user who is logged in."`
	KeyPrefix   string        `env:"RATE_LIMIT_KEY_PREFIX" envDefault:"ratelimit" doc:"What the keys of the counters in Redis begin with."`
	FailClosed  bool          `env:"RATE_LIMIT_FAIL_CLOSED" envDefault:"false" doc:"Whether actions are refused, instead of run uncounted, while Redis does not answer."`
}
