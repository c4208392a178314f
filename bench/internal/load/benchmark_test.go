package load

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The benchmarks compare the processor time of clients. The server is in the same
// process, so only the client makes a difference.

func benchmarkServer(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("right"))
	}))
	b.Cleanup(s.Close)
	return s.URL
}

func benchmarkWorkers(b *testing.B, drive func(context.Context, []*worker, time.Time) error) {
	workers, err := connect(b.Context(), Target{URL: benchmarkServer(b), Body: []byte("right")}, 64)
	if err != nil {
		b.Fatal(err)
	}
	answers := 0
	start := time.Now()
	for b.Loop() {
		if err := drive(b.Context(), workers, time.Now().Add(100*time.Millisecond)); err != nil {
			b.Fatal(err)
		}
		for _, w := range workers {
			answers += len(w.latencies)
			w.latencies = nil
			if err := w.connect(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(answers), "ns/answer")
	for _, w := range workers {
		w.close()
	}
}

func BenchmarkDrive(b *testing.B) { benchmarkWorkers(b, drive) }

func BenchmarkGoroutines(b *testing.B) {
	benchmarkWorkers(b, func(ctx context.Context, workers []*worker, end time.Time) error {
		together(ctx, workers, end)
		return nil
	})
}

func BenchmarkNetHTTP(b *testing.B) {
	url := benchmarkServer(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			response, err := client.Get(url)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.ReadAll(response.Body); err != nil {
				b.Error(err)
			}
			response.Body.Close()
		}
	})
}
