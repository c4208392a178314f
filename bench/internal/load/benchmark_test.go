package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// The benchmarks compare the processor time of clients. The server is in the
// same process, so what differs is the client.

func benchmarkServer(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("right"))
	}))
	b.Cleanup(s.Close)
	return s.URL
}

func BenchmarkWorker(b *testing.B) {
	workers, err := connect(b.Context(), Target{URL: benchmarkServer(b), Body: []byte("right")}, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer workers[0].close()
	for b.Loop() {
		if _, err := workers[0].exchange(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNetHTTP(b *testing.B) {
	url := benchmarkServer(b)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for b.Loop() {
		response, err := client.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAll(response.Body); err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
	}
}
