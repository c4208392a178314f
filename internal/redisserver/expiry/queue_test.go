package expiry_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/expiry"
)

// TestQueue compares a queue with a map through random calls.
func TestQueue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	q, all := expiry.NewQueue(), map[expiry.Item]time.Time{}
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	for range 20_000 {
		switch n := r.IntN(100); {
		case n < 80:
			item := expiry.Item{DB: r.IntN(2), Key: strconv.Itoa(r.IntN(200))}
			all[item] = at(r.IntN(1000))
			q.Set(item, all[item])
		case n < 99:
			now := at(r.IntN(300))
			item, due := q.Due(now)
			for other, deadline := range all {
				if !deadline.After(now) && (!due || deadline.Before(all[item])) {
					t.Fatalf("%v at %v comes before %v, %v", other, deadline, item, due)
				}
			}
			if due && all[item].After(now) {
				t.Fatalf("%v is not due", item)
			}
			delete(all, item)
		default:
			keep := func(i expiry.Item) bool { return i.Key < "9" }
			q.Filter(keep)
			for item := range all {
				if !keep(item) {
					delete(all, item)
				}
			}
		}
		if q.Len() != len(all) {
			t.Fatalf("%d items, want %d", q.Len(), len(all))
		}
	}
}
