package cacheotel_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/cache/cacheotel"
)

// connect stands for the client that an app has.
func connect() (rdb *redis.Client, closeAll func()) {
	m, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	rdb = redis.NewClient(&redis.Options{Addr: m.Addr(), ContextTimeoutEnabled: true})
	return rdb, func() { _ = rdb.Close(); m.Close() }
}

func Example() {
	rdb, closeAll := connect()
	defer closeAll()

	// A program has a reader that exports, and often the global provider.
	reader := sdkmetric.NewManualReader()
	metrics, err := cacheotel.New(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	for _, id := range []int{1, 2, 1, 1} {
		_, err := cache.Fetch(ctx, rdb, fmt.Sprintf("cache:user:%d", id), time.Minute,
			func(context.Context) (string, error) { return "Ada", nil },
			metrics.Observe("cache:user"))
		if err != nil {
			log.Fatal(err)
		}
	}

	var read metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &read); err != nil {
		log.Fatal(err)
	}
	fetches := read.ScopeMetrics[0].Metrics[0]
	fmt.Println(fetches.Name, fetches.Unit)
	for _, p := range fetches.Data.(metricdata.Histogram[float64]).DataPoints {
		prefix, _ := p.Attributes.Value("keryx.cache.prefix")
		result, _ := p.Attributes.Value("keryx.cache.result")
		fmt.Println(prefix.AsString(), result.AsString(), p.Count)
	}
	// Unordered output:
	// keryx.cache.fetch.duration s
	// cache:user hit 2
	// cache:user miss 2
}

func ExampleMetrics_Observer() {
	rdb, closeAll := connect()
	defer closeAll()
	metrics, err := cacheotel.New(sdkmetric.NewMeterProvider())
	if err != nil {
		log.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTimes}))

	// Made once and passed to every Fetch of users.
	observed := cache.Observe(metrics.Observer("cache:user"), cache.Log(logger))

	rdb.Set(context.Background(), "cache:user:1", "not JSON", 0)
	name, err := cache.Fetch(context.Background(), rdb, "cache:user:1", time.Minute,
		func(context.Context) (string, error) { return "Ada", nil }, observed)
	fmt.Println(name, err)
	// Output:
	// level=WARN msg="cache: an entry is not of the wanted type and is replaced" key=cache:user:1
	// Ada <nil>
}

func withoutTimes(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "after" {
		return slog.Attr{}
	}
	return a
}
