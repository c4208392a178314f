package main

import (
	"context"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
)

func registerRates(api *keryx.API) {
	keryx.Handle(api, keryx.Action{
		Name: "rate:show", Description: "Show an exchange rate, cached for as long as it is good",
		Web: keryx.GET("/rate/{currency}"),
	}, showRate(api))
}

type rateInput struct {
	Currency string `json:"currency" doc:"Such as EUR" pattern:"^[A-Z]{3}$"`
}

// rate is what another service answers: a value, and how long it is good.
type rate struct {
	Rate      float64 `json:"rate"`
	ExpiresIn int     `json:"expiresIn" doc:"Seconds"`
}

// showRate caches a rate for the time that it says itself, and never for longer than an
// hour.
func showRate(api *keryx.API) func(context.Context, rateInput) (rate, error) {
	return func(ctx context.Context, in rateInput) (rate, error) {
		return cache.Fetch(ctx, api.Redis.Client, "cache:rate:"+in.Currency, time.Hour,
			func(ctx context.Context) (rate, error) { return askForRate(ctx, in.Currency) },
			cache.TTL(func(r rate) time.Duration { return time.Duration(r.ExpiresIn) * time.Second }))
	}
}

// askForRate stands for a call of another service.
func askForRate(context.Context, string) (rate, error) { return rate{Rate: 1.5, ExpiresIn: 30}, nil }
