package main

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// stockList shows several products.
type stockList struct{ api *keryx.API }

func registerStockList(api *keryx.API) {
	s := &stockList{api}
	keryx.Handle(api, keryx.Action{
		Name: "stock:show", Description: "Show how many there are of each product, in one round trip",
		Web: keryx.GET("/stock"),
	}, s.show)
}

type stockListInput struct {
	Product []string `json:"product" doc:"A product; may be repeated" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"40" minItems:"1" maxItems:"100"`
}

type stockListOutput struct {
	Stock []stockOutput `json:"stock"`
}

// show reads several keys in one round trip. In a cluster, where MGET takes keys
// of one slot only, the client sends each node its part, at the same time.
func (s *stockList) show(ctx context.Context, in stockListInput) (stockListOutput, error) {
	pipe := s.api.Redis.Client.Pipeline()
	reads := make([]*redis.StringCmd, len(in.Product))
	for i, product := range in.Product {
		reads[i] = pipe.Get(ctx, stockKey(product))
	}
	_, _ = pipe.Exec(ctx) // the first error of any command; each has its own

	out := stockListOutput{Stock: make([]stockOutput, len(reads))}
	for i, read := range reads {
		out.Stock[i].Product = in.Product[i]
		left, err := read.Int64()
		switch {
		case err == nil:
			out.Stock[i].Left = &left
		case !errors.Is(err, redis.Nil):
			return stockListOutput{}, err
		}
	}
	return out, nil
}
