package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
)

// webhook hears from the doors of rooms who has come.
type webhook struct{ *backend }

func registerWebhook(b *backend) {
	w := &webhook{b}
	doors := b.everyone.Group(w.signed, b.api.Transaction())
	keryx.Handle(doors, keryx.Action{
		Name: "webhook:door", Description: "Hear from a door that a booking is used", Web: keryx.POST("/webhooks/door"), Only: []string{keryx.Web},
	}, w.checkIn)
}

// signed lets a request through whose body has a signature of our secret: the HMAC with
// SHA-256, in hex. The input is read from the same bytes, and only afterwards.
func (w *webhook) signed(next keryx.Handler) keryx.Handler {
	action.Describe(next, action.Guard{Name: "signature", Proof: true})
	return func(ctx context.Context, call *keryx.Call) (any, error) {
		if w.settings.WebhookSecret == "" {
			return nil, keryx.Unavailable("The webhook is closed")
		}
		body, err := call.Body(ctx)
		if err != nil {
			return nil, err
		}
		mac := hmac.New(sha256.New, []byte(w.settings.WebhookSecret))
		mac.Write(body)
		sent, _ := hex.DecodeString(keryx.ConnectionFrom(ctx).Header.Get("X-Signature")) // what is no hex is no signature
		if !hmac.Equal(mac.Sum(nil), sent) {
			return nil, keryx.Unauthorized("The signature is wrong")
		}
		return next(ctx, call)
	}
}

type doorInput struct {
	Booking int64     `json:"booking"`
	At      time.Time `json:"at" doc:"Now: an old request may be one that is sent again by others"`
}

// checkIn may be told the same twice.
func (w *webhook) checkIn(ctx context.Context, in doorInput) (out keryx.NoContent, err error) {
	if time.Since(in.At).Abs() > 5*time.Minute {
		return out, keryx.Invalid("at", "at is not now")
	}
	booking, err := one[Booking](ctx, w.api.Tx(ctx), "booking", "id = ?", in.Booking)
	if err != nil || booking.CheckedInAt != nil {
		return out, err
	}
	booking.CheckedInAt = new(in.At.UTC())
	w.live.announce(ctx, "checked in", booking)
	_, err = w.api.Tx(ctx).NewUpdate().Model(booking).Column("checked_in_at").WherePK().Exec(ctx)
	return out, err
}
