package contender

import (
	"context"

	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidisaside"
)

func rueidisAside() Contender {
	return Contender{
		Name: "rueidisaside", module: "github.com/redis/rueidis/rueidisaside",
		URL:   "https://github.com/redis/rueidis/tree/main/rueidisaside",
		Setup: "`Get` over a rueidis client with its defaults, including client-side caching; invalidated by its `Del`.",
		Open: func(_ context.Context, url string, load Load) (Cache, error) {
			options, err := rueidis.ParseURL(url)
			if err != nil {
				return nil, err
			}
			c, err := rueidisaside.NewClient(rueidisaside.ClientOption{ClientOption: options})
			if err != nil {
				return nil, err
			}
			return functions{
				get:        func(ctx context.Context, key string) (string, error) { return c.Get(ctx, TTL, key, load) },
				invalidate: c.Del,
				close: func() error {
					c.Close()
					return nil
				},
			}, nil
		},
	}
}
