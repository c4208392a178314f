package cache_test

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// inCrowd calls f many times at once, most of which share an entry of key:0.
func inCrowd(t *testing.T, rdb *redis.Client, g *gate, f func(i int)) {
	t.Helper()
	cache.Trust(rdb, "key:0")
	cache.FourLeaders(rdb, "key:0")
	open := g.close()
	held := g.held.Load()
	var wg sync.WaitGroup
	var begun atomic.Int32
	for i := range 20 {
		wg.Go(func() {
			begun.Add(1)
			f(i)
		})
	}
	eventually.True(t, "reads are under way and all have come", func() bool { return g.held.Load() > held && begun.Load() == 20 })
	open()
	wg.Wait()
}

type address struct {
	Street string
	Lines  [2]string
}

type person struct {
	Name    string
	Born    time.Time
	Address address
}

// asks has every caller of a crowd fetch a T, change it, and look at it again when
// all the others have changed theirs.
func asks[T any](t *testing.T, rdb *redis.Client, g *gate, want T, change func(*T, int), changed func(T, int) bool) {
	t.Helper()
	var all sync.WaitGroup
	all.Add(20)
	inCrowd(t, rdb, g, func(i int) {
		got, err := cache.Fetch(context.Background(), rdb, "key:0", time.Minute, never[T])
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
			all.Done()
			return
		}
		change(&got, i)
		all.Done()
		all.Wait()
		if !changed(got, i) {
			t.Errorf("the value of %d is %+v: another caller has changed it", i, got)
		}
	})
}

// TestACrowdSharesNoMemory that one of them could change, whether they share the
// work of decoding or not.
func TestACrowdSharesNoMemory(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		store := func(v any) {
			t.Helper()
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := rdb.Set(t.Context(), "key:0", raw, 0).Err(); err != nil {
				t.Fatal(err)
			}
			if got, err := cache.Fetch(t.Context(), rdb, "key:0", time.Minute, never[any]); err != nil {
				t.Fatal(got, err)
			}
		}
		ada := person{"Ada", time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC), address{"St James's Square", [2]string{"12", "London"}}}
		store(ada)
		asks(t, rdb, g, ada,
			func(p *person, i int) { p.Address.Lines[0] = string(rune('a' + i)) },
			func(p person, i int) bool { return p.Address.Lines[0] == string(rune('a'+i)) })
		asks(t, rdb, g, &ada,
			func(p **person, i int) { (*p).Address.Lines[0] = string(rune('a' + i)) },
			func(p *person, i int) bool { return p.Address.Lines[0] == string(rune('a'+i)) })
		asks(t, rdb, g, map[string]any{"Name": "Ada", "Born": "1815-12-10T00:00:00Z",
			"Address": map[string]any{"Street": "St James's Square", "Lines": []any{"12", "London"}}},
			func(p *map[string]any, i int) { (*p)["Name"] = i },
			func(p map[string]any, i int) bool { return p["Name"] == i })
		store([]int{1, 2})
		asks(t, rdb, g, []int{1, 2},
			func(p *[]int, i int) { (*p)[0] = i },
			func(p []int, i int) bool { return p[0] == i })
		store(nil)
		asks(t, rdb, g, (*person)(nil), func(p **person, i int) { *p = &person{Name: "new"} }, func(p *person, i int) bool { return p.Name == "new" })
	})
}

// TestACrowdOfTypes: callers that share an entry need not agree on its type.
func TestACrowdOfTypes(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		if err := rdb.Set(t.Context(), "key:0", 7, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Fetch(t.Context(), rdb, "key:0", time.Minute, never[int]); err != nil {
			t.Fatal(err)
		}
		inCrowd(t, rdb, g, func(i int) {
			var got any
			var err error
			switch i % 3 {
			case 0:
				got, err = cache.Fetch(context.Background(), rdb, "key:0", time.Minute, never[int])
			case 1:
				got, err = cache.Fetch(context.Background(), rdb, "key:0", time.Minute, never[float64])
			case 2:
				var p *int8
				if p, err = cache.Fetch(context.Background(), rdb, "key:0", time.Minute, never[*int8]); p != nil {
					got = *p
				}
			}
			if want := []any{7, 7.0, int8(7)}[i%3]; err != nil || got != want {
				t.Errorf("got %v (%[1]T), %v, want %v", got, err, want)
			}
		})
	})
}

// counted counts how often one is decoded.
type counted struct{ N int }

var decoded atomic.Int32

func (c *counted) UnmarshalJSON(b []byte) error {
	decoded.Add(1)
	return json.Unmarshal(b, &c.N)
}

// TestACrowdWithItsOwnDecoding: a type that decodes itself does so for every caller.
func TestACrowdWithItsOwnDecoding(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		if _, err := cache.Fetch(t.Context(), rdb, "key:0", time.Minute, never[int]); err != nil {
			t.Fatal(err)
		}
		decoded.Store(0)
		inCrowd(t, rdb, g, func(int) {
			if _, err := cache.Fetch(context.Background(), rdb, "key:0", time.Minute, never[struct{ counted }]); err != nil {
				t.Error(err)
			}
		})
		if n := decoded.Load(); n != 20 {
			t.Errorf("decoded %d times", n)
		}
	})
}

// TestACorruptEntryOfACrowd is loaded once, for all.
func TestACorruptEntryOfACrowd(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		if err := rdb.Set(t.Context(), "key:0", `{"Name":`, 0).Err(); err != nil {
			t.Fatal(err)
		}
		var loads atomic.Int32
		inCrowd(t, rdb, g, func(int) {
			got, err := cache.Fetch(context.Background(), rdb, "key:0", time.Minute, func(context.Context) (person, error) {
				loads.Add(1)
				return person{Name: "Ada"}, nil
			})
			if err != nil || got.Name != "Ada" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
		if n := loads.Load(); n != 1 {
			t.Errorf("%d loads", n)
		}
	})
}
