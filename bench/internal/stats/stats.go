// Package stats reduces measurements to the numbers that a table shows.
package stats

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Median returns the middle of the values, the mean of the two middle ones
// when their number is even, and NaN when there are none.
func Median[T ~int | ~int64 | ~float64](values []T) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	return (float64(low) + float64(high)) / 2
}

// Percentile returns the value that a share p of the values, from 0 to 1, does not
// exceed. The values must be ascending. Without values it is zero.
func Percentile[T cmp.Ordered](ascending []T, p float64) T {
	if len(ascending) == 0 {
		var zero T
		return zero
	}
	const rounding = 1e-9 // otherwise 0.07 of 100 would be the 8th
	rank := int(math.Ceil(p*float64(len(ascending)) - rounding))
	return ascending[max(rank, 1)-1]
}

// Range is a median with the least and the greatest value.
type Range struct{ Median, Min, Max float64 }

// RangeOf returns the range of the values, or NaNs when there are none.
func RangeOf(values []float64) Range {
	if len(values) == 0 {
		return Range{math.NaN(), math.NaN(), math.NaN()}
	}
	return Range{Median(values), slices.Min(values), slices.Max(values)}
}

// In returns a duration as a number of units.
func In(unit, d time.Duration) float64 { return float64(d) / float64(unit) }

// Megabytes returns a number of bytes in MB of 1,000,000.
func Megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// Known returns NaN for 0, which stands for an unknown value, and any other value as it
// is.
func Known(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}
