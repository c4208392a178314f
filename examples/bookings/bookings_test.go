package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestBookings(t *testing.T) {
	app := start(t)
	o := open(app)
	first := keryxtest.Decode[Booking](o.member.Post(o.room+"/bookings", meeting(9, 10)).Expect(201))
	o.member.Post(o.room+"/bookings", meeting(10, 11)).Expect(201) // it begins when the other ends

	e := o.owner.Post(o.room+"/bookings", meeting(8, 12)).Error("BOOKING_OVERLAP")
	if others, ok := e.Details.([]any); e.Status != http.StatusConflict || !ok || len(others) != 2 || others[0].(map[string]any)["id"] != float64(first.ID) {
		t.Errorf("%d %v", e.Status, e.Details)
	}
	if e := o.member.Post(o.room+"/bookings", meeting(10, 9)).Error(keryx.ConnectionActionParamRequired); e.Status != 422 || e.Key != "to" {
		t.Errorf("%d %s", e.Status, e.Key)
	}
	o.member.Post(o.room+"/bookings", meeting(0, 13)).Error(keryx.ConnectionActionParamRequired)
	o.member.Post(o.org+"/rooms/99/bookings", meeting(1, 2)).Error(keryx.ConnectionNotFound)

	list := func(query string) page[Booking] {
		return keryxtest.Decode[page[Booking]](o.owner.Get(o.org + "/bookings" + query))
	}
	for query, want := range map[string]int{
		"": 2, "?mine=true": 0, "?room=99": 0, "?limit=1&page=2": 2, "?room=&from=": 2,
		"?from=" + tomorrow(10).Format(time.RFC3339): 1, "?to=" + tomorrow(9).Format(time.RFC3339): 0,
	} {
		if p := list(query); p.Pagination.Total != want || len(p.Items) != min(want, p.Pagination.Limit) {
			t.Errorf("%q: %+v", query, p)
		}
	}

	csv := o.member.Get(o.org + "/bookings.csv").Expect(200)
	if !strings.HasPrefix(csv.Header.Get("Content-Disposition"), "attachment") || strings.Count(csv.Body, "\n") != 3 || !strings.Contains(csv.Body, ",Meeting,"+tomorrow(9).Format(time.RFC3339)) {
		t.Error(csv)
	}

	booking := o.org + "/bookings/" + text(first.ID)
	signUp(app, "eve").Delete(booking).Error(keryx.ConnectionNotFound)
	o.member.Delete(booking).Expect(204)
	o.member.Delete(booking).Error(keryx.ConnectionNotFound)
	other := list("").Items[0]
	o.owner.Post(o.room+"/bookings", meeting(14, 15)).Expect(201)
	o.member.Delete(o.org + "/bookings/" + text(list("?mine=true").Items[0].ID)).Error(keryx.ConnectionForbidden)
	o.owner.Delete(o.org + "/bookings/" + text(other.ID)).Expect(204)
}

// TestRace has many ask for one hour at once, on the real services where there are any.
func TestRace(t *testing.T) {
	t.Parallel()
	for name, embedded := range map[string]bool{"installed": false, "embedded": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !embedded {
				slow.Skip(t, "it starts Postgres")
			}
			services := options(nil)
			services.Embedded = embedded
			nodes := keryxtest.StartN(t, 2, newApp, services)
			o := open(nodes[0])
			const n = 8
			got := make([]int, n)
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() { got[i] = o.member.At(nodes[i%2]).Post(o.room+"/bookings", meeting(9, 10)).Status })
			}
			wg.Wait()
			count := map[int]int{}
			for _, status := range got {
				count[status]++
			}
			if count[201] != 1 || count[409] != n-1 {
				t.Errorf("got %v", count)
			}
		})
	}
}

func TestAvailability(t *testing.T) {
	o := open(start(t))
	free := func() []span {
		return keryxtest.Decode[[]span](o.member.Get(o.room + "/availability?day=" + tomorrow(0).Format(time.DateOnly)))
	}
	if got := free(); len(got) != 1 || got[0] != (span{tomorrow(0), tomorrow(24)}) {
		t.Errorf("got %v", got)
	}
	first := keryxtest.Decode[Booking](o.member.Post(o.room+"/bookings", meeting(9, 10)))
	o.member.Post(o.room+"/bookings", meeting(10, 12)).Expect(201)
	if got := free(); len(got) != 2 || got[0] != (span{tomorrow(0), tomorrow(9)}) || got[1] != (span{tomorrow(12), tomorrow(24)}) {
		t.Errorf("got %v", got)
	}
	o.member.Delete(o.org + "/bookings/" + text(first.ID)).Expect(204)
	if got := free(); len(got) != 2 || got[0] != (span{tomorrow(0), tomorrow(10)}) {
		t.Errorf("got %v", got)
	}
	o.owner.Delete(o.room).Expect(204)
	o.member.Get(o.room + "/availability?day=" + tomorrow(0).Format(time.DateOnly)).Error(keryx.ConnectionNotFound) // though it is cached
}
