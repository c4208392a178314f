package input_test

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestErrorsAreBounded: a body must not be answered by a much larger one.
func TestErrorsAreBounded(t *testing.T) {
	type in struct {
		Numbers []int             `json:"numbers,omitempty"`
		ByKey   map[string][]int  `json:"byKey,omitempty"`
		Level   level             `json:"level,omitempty"`
		Words   map[string]string `json:"words,omitempty"`
	}
	wrong := make([]any, 100_000)
	for i := range wrong {
		wrong[i] = "x"
	}
	long := "x" + strings.Repeat("ä", 100_000) // a cut at an even place is inside a character
	for name, params := range map[string]map[string]any{
		"many elements":       {"numbers": wrong},
		"under a long key":    {"byKey": map[string]any{long: wrong}},
		"long value":          {"words": long},
		"message with value":  {"level": long},
		"long key, one error": {"words": map[string]any{long: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := bind[in](t, params)
			if len(errs) == 0 || len(errs) > 100 {
				t.Errorf("%d errors, want 1 to 100", len(errs))
			}
			for _, e := range errs {
				if value, ok := e.Value.(string); ok && !utf8.ValidString(value) {
					t.Fatalf("the value ends inside a character: %q", value[len(value)-5:])
				}
				if len(e.Key) > 1100 || len(e.Message) > 1200 || !utf8.ValidString(e.Key) || !utf8.ValidString(e.Message) {
					t.Fatalf("an error of %d + %d bytes", len(e.Key), len(e.Message))
				}
			}
			if encoded, err := json.Marshal(errs); err != nil || len(encoded) > 200_000 {
				t.Errorf("the errors take %d bytes (%v)", len(encoded), err)
			}
		})
	}
}

// TestTooLongAListIsNotBound: the limit prevents a large slice for a small body, so it
// must be checked first.
func TestTooLongAListIsNotBound(t *testing.T) {
	type in struct {
		List [][1 << 16]byte `json:"list" maxItems:"2"`
	}
	params := map[string]any{"list": make([]any, 1<<14)} // 1 GiB when bound
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, errs := bind[in](t, params)
	runtime.ReadMemStats(&after)
	if len(errs) != 1 || errs[0].Message != "list must have at most 2 items" {
		t.Errorf("got %v", errs)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<24 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

// TestErrorValuesCanBeEncoded: a bad value goes back to the client, which
// must not fail in turn.
func TestErrorValuesCanBeEncoded(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": math.Inf(1), "channel": make(chan int), "cycle": cycle,
		"function": func() {}, "bad number": json.Number("nope"), "NaN in a list": []any{math.NaN()},
	} {
		_, errs := bind[everything](t, map[string]any{"name": "abc", "age": value})
		if len(errs) != 1 {
			t.Fatalf("%s: got %v", name, errs)
		}
		if _, err := json.Marshal(errs); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
