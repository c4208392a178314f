package ratelimit

import "time"

// Settings are the RATE_LIMIT_* settings.
type Settings struct {
	Enabled     bool          `env:"RATE_LIMIT_ENABLED" envDefault:"true" doc:"Whether to limit the rate of actions."`
	Window      time.Duration `env:"RATE_LIMIT_WINDOW_MS" envDefault:"1m" unit:"ms" minimum:"1ms" doc:"The length of the window in which runs are counted."`
	UnauthLimit int           `env:"RATE_LIMIT_UNAUTH_LIMIT" envDefault:"20" minimum:"1" doc:"The number of runs per window for an address that is not logged in."`
	AuthLimit   int           `env:"RATE_LIMIT_AUTH_LIMIT" envDefault:"200" minimum:"1" doc:"The number of runs per window for a logged-in user."`
	KeyPrefix   string        `env:"RATE_LIMIT_KEY_PREFIX" envDefault:"ratelimit" doc:"The prefix of the counters' keys in Redis."`
	FailClosed  bool          `env:"RATE_LIMIT_FAIL_CLOSED" envDefault:"false" doc:"Whether to refuse actions while Redis does not answer, instead of running them uncounted."`
}
