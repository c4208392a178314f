package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// orders are placed once, however often a client sends them: deduplication.
type orders struct{ api *keryx.API }

func registerOrders(api *keryx.API) {
	o := &orders{api}
	keryx.Handle(api, keryx.Action{
		Name: "order:place", Description: "Place an order, once for each idempotency key",
		Web: keryx.POST("/orders"),
	}, o.place)
}

type orderInput struct {
	IdempotencyKey string `json:"idempotencyKey" doc:"Chosen by the client, the same for every try of one order" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"64"`
	stockTakeInput
}

type orderOutput struct {
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
	Left     int64  `json:"left" doc:"How many were left in stock then"`
	Replayed bool   `json:"replayed" doc:"The order was placed by an earlier try"`
}

const (
	// pending marks an order that is being placed. No JSON begins like it.
	pending = "pending:"
	// pendingTTL is how long the retries of a try that died have to wait.
	pendingTTL = 10 * time.Second
	// orderTTL is how long an order is remembered.
	orderTTL = 24 * time.Hour
)

// place lets the first try of an order through, and answers the others with what
// came of it. A try that failed leaves nothing behind, so it can be repeated.
func (o *orders) place(ctx context.Context, in orderInput) (orderOutput, error) {
	rdb := o.api.Redis.Client
	key, mark := "order:"+in.IdempotencyKey, pending+rand.Text()
	working, cancel := context.WithTimeout(ctx, pendingTTL-pendingTTL/10)
	defer cancel()

	first, err := rdb.SetNX(ctx, key, mark, pendingTTL).Result()
	if err != nil {
		return orderOutput{}, err
	}
	if !first {
		return o.replay(ctx, key, in)
	}
	order := orderOutput{Product: in.Product, Quantity: in.Quantity}
	order.Left, err = take(working, rdb, in.Product, in.Quantity, in.IdempotencyKey, orderTTL)
	done := context.WithoutCancel(ctx) // the client may be gone: the outcome is kept nevertheless
	if err != nil {
		unlock.Run(done, rdb, []string{key}, mark)
		return orderOutput{}, err
	}
	encoded, err := json.Marshal(order)
	if err != nil {
		return orderOutput{}, err
	}
	if err := rdb.Set(done, key, encoded, orderTTL).Err(); err != nil {
		o.api.Logger.WarnContext(ctx, "an order is placed, and not remembered", "key", key, "error", err)
	}
	return order, nil
}

// replay answers a try that is not the first.
func (o *orders) replay(ctx context.Context, key string, in orderInput) (orderOutput, error) {
	found, err := o.api.Redis.Client.Get(ctx, key).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return orderOutput{}, err
	}
	if err != nil || strings.HasPrefix(found, pending) { // gone: the other try has just failed
		return orderOutput{}, fail(http.StatusConflict, "the order is being placed: try again")
	}
	var order orderOutput
	if err := json.Unmarshal([]byte(found), &order); err != nil {
		return orderOutput{}, err
	}
	if order.Product != in.Product || order.Quantity != in.Quantity {
		return orderOutput{}, fail(http.StatusUnprocessableEntity, "the idempotency key was used for another order: choose a new one")
	}
	order.Replayed = true
	return order, nil
}
