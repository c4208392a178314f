package main

import "time"

// settings are the app's own. `bookings config` lists them, and a mistake in them ends
// the boot.
type settings struct {
	MaxLength     time.Duration `env:"BOOKINGS_MAX_LENGTH" envDefault:"12h" minimum:"1m" doc:"How long a booking may be."`
	WebhookSecret string        `env:"BOOKINGS_WEBHOOK_SECRET" secret:"true" minLength:"32" empty:"the webhook is closed" doc:"The key of the signatures of webhooks: 32 random bytes, in hex."`
}
