package stats_test

import (
	"math"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/stats"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 3}, 3},
		{[]float64{4, 1, 3, 100}, 3.5},
		{[]float64{2, 2, 2}, 2},
	}
	for _, test := range tests {
		if got := stats.Median(test.values); got != test.want {
			t.Errorf("Median(%v) = %v, expected %v", test.values, got, test.want)
		}
	}
	if got := stats.Median([]time.Duration{}); !math.IsNaN(got) {
		t.Errorf("Median of nothing = %v, expected NaN", got)
	}
	values := []float64{2, 1}
	if stats.Median(values); values[0] != 2 {
		t.Error("Median has sorted the values of its caller")
	}
}

func TestPercentile(t *testing.T) {
	var values []time.Duration
	if got := stats.Percentile(values, 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	for i := range 100 {
		values = append(values, time.Duration(i+1))
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.07: 7, 0.5: 50, 0.99: 99, 0.991: 100, 1: 100} {
		if got := stats.Percentile(values, p); got != want {
			t.Errorf("Percentile(%v) = %d, expected %d", p, got, want)
		}
	}
}

func TestRange(t *testing.T) {
	if got := stats.RangeOf([]float64{2, 9, 1}); got != (stats.Range{Median: 2, Min: 1, Max: 9}) {
		t.Errorf("the range is %+v", got)
	}
	if got := stats.RangeOf(nil); !math.IsNaN(got.Median) || !math.IsNaN(got.Min) || !math.IsNaN(got.Max) {
		t.Errorf("the range of nothing is %+v", got)
	}
}

func TestIn(t *testing.T) {
	if got := stats.In(time.Millisecond, 1500*time.Microsecond); got != 1.5 {
		t.Errorf("1500 µs are %v ms", got)
	}
}
