package channel

import (
	"fmt"
	"time"
)

// Settings are the PRESENCE_* settings.
type Settings struct {
	PresenceTTL       time.Duration `env:"PRESENCE_TTL" envDefault:"90s" unit:"s" minimum:"1s" doc:"How long the members of a crashed server stay present."`
	HeartbeatInterval time.Duration `env:"PRESENCE_HEARTBEAT_INTERVAL" envDefault:"30s" unit:"s" minimum:"100ms" doc:"How often a server confirms the presence of its members. Less than PRESENCE_TTL."`
}

// Validate returns an error for a heartbeat that comes too late.
func (s *Settings) Validate() error {
	if s.HeartbeatInterval >= s.PresenceTTL {
		return fmt.Errorf("PRESENCE_HEARTBEAT_INTERVAL (%s) must be less than PRESENCE_TTL (%s), or members vanish between two heartbeats",
			s.HeartbeatInterval, s.PresenceTTL)
	}
	return nil
}
