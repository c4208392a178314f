package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// stock is taken from and never falls below zero: read, check and write in one
// Lua script, between which nothing else happens.
type stock struct{ api *keryx.API }

func registerStock(api *keryx.API) {
	s := &stock{api}
	keryx.Handle(api, keryx.Action{
		Name: "stock:set", Description: "Say how many of a product there are",
		Web: keryx.PUT("/stock/{product}"),
	}, s.set)
	keryx.Handle(api, keryx.Action{
		Name: "stock:take", Description: "Take some of a product, if there are enough",
		Web: keryx.POST("/stock/{product}/take"),
	}, s.take)
}

type productInput struct {
	Product string `json:"product" doc:"The product" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"40"`
}

type stockSetInput struct {
	productInput
	Quantity int64 `json:"quantity" doc:"How many there are" minimum:"0" maximum:"1000000"`
}

type stockTakeInput struct {
	productInput
	Quantity int64 `json:"quantity" doc:"How many to take" default:"1" minimum:"1" maximum:"1000"`
}

type stockOutput struct {
	Product string `json:"product"`
	Left    *int64 `json:"left" doc:"How many there are; null for a product that was never set"`
}

// stockKey has the product in braces: a cluster keeps all keys with the same
// braces together, as one script needs them.
func stockKey(product string) string { return "stock:{" + product + "}" }

func (s *stock) set(ctx context.Context, in stockSetInput) (stockOutput, error) {
	err := s.api.Redis.Client.Set(ctx, stockKey(in.Product), in.Quantity, 0).Err()
	return stockOutput{in.Product, &in.Quantity}, err
}

// receiptTTL is longer than the client goes on trying.
const receiptTTL = time.Minute

func (s *stock) take(ctx context.Context, in stockTakeInput) (stockOutput, error) {
	left, err := take(ctx, s.api.Redis.Client, in.Product, in.Quantity, rand.Text(), receiptTTL)
	if err != nil {
		return stockOutput{}, err
	}
	return stockOutput{in.Product, &left}, nil
}

// takeScript takes ARGV[1] from the stock at KEYS[1]. It returns what is left,
// and 1, or 0 when that is not enough. KEYS[2] is the receipt: the client sends a
// script again when the reply got lost, and then nothing must be taken again.
var takeScript = redis.NewScript(`
local receipt = redis.call('GET', KEYS[2])
if receipt then return {tonumber(receipt), 1} end

local left = tonumber(redis.call('GET', KEYS[1]) or '0')
local wanted = tonumber(ARGV[1])
if left < wanted then return {left, 0} end

left = redis.call('DECRBY', KEYS[1], wanted)
redis.call('SET', KEYS[2], left, 'PX', ARGV[2])
return {left, 1}`)

// take takes from the stock of a product, once for each id, and returns how many
// are left.
func take(ctx context.Context, rdb redis.Scripter, product string, quantity int64, id string, remember time.Duration) (int64, error) {
	keys := []string{stockKey(product), stockKey(product) + ":taken:" + id}
	reply, err := takeScript.Run(ctx, rdb, keys, quantity, remember.Milliseconds()).Int64Slice()
	if err != nil {
		return 0, err
	}
	if left, taken := reply[0], reply[1] == 1; taken {
		return left, nil
	}
	return 0, fail(http.StatusConflict, "not enough of %s: wanted %d, there are %d", product, quantity, reply[0])
}
