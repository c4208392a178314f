package action

import "time"

// Settings are the ACTION_* settings.
type Settings struct {
	Timeout time.Duration `env:"ACTION_TIMEOUT" envDefault:"5m" unit:"ms" minimum:"0s" doc:"How long an action may run, unless it has its own timeout. 0: no limit."`
}
