package slot_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOfAgreesWithRedis(t *testing.T) {
	rdb := redistest.Start(t, "--cluster-enabled", "yes").Client()
	for _, key := range []string{"", "a", "123456789", "{user}:1", "a{user}b", "{}a", "{}{a}", "}{", "{a", "a}{b}{c}", "ü"} {
		want, err := rdb.ClusterKeySlot(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		if got := int64(slot.Of(key)); got != want {
			t.Errorf("Of(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestChecksumContinues(t *testing.T) {
	const text, want = "123456789", 0x31c3 // the check value of the specification
	for i := range len(text) + 1 {
		if got := slot.Checksum(slot.Checksum(0, text[:i]), text[i:]); got != want {
			t.Errorf("cut at %d: %#x, want %#x", i, got, want)
		}
	}
}
