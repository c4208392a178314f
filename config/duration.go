package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// units are the units of a bare number of a duration.
var units = map[string]struct {
	size  time.Duration
	words string
}{
	"ns": {time.Nanosecond, "nanoseconds"},
	"us": {time.Microsecond, "microseconds"},
	"ms": {time.Millisecond, "milliseconds"},
	"s":  {time.Second, "seconds"},
	"m":  {time.Minute, "minutes"},
	"h":  {time.Hour, "hours"},
}

// parseDuration parses a duration. A bare whole number counts the unit; without a unit
// only 0 is valid.
func parseDuration(text, unit string) (time.Duration, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || unit == "" {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	size := int64(units[unit].size)
	if n > math.MaxInt64/size || n < math.MinInt64/size {
		return 0, false
	}
	return time.Duration(n * size), true
}

// formatDuration returns a duration in its short form: 5m, not 5m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	if trimmed, ok := strings.CutSuffix(text, "m0s"); ok {
		text = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(text, "h0m"); ok {
		text = trimmed + "h"
	}
	return text
}
