package channel

import (
	"strings"
	"testing"
	"time"
)

func TestHistoriesThatCannotBe(t *testing.T) {
	for _, h := range []History{
		Last(0, time.Hour), Last(-1, time.Hour), Last(MaxHistory+1, time.Hour), Last(0, 0),
		Last(1, 0), Last(1, -time.Second), Last(1, time.Microsecond), Last(1, 1<<63-1),
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, `keryx: channel "room": a history keeps `) {
					t.Errorf("%v: the panic is %q", h, text)
				}
			}()
			NewHub(Options{}).Handle(Channel{Name: "room", History: h})
		}()
	}
	h := NewHub(Options{})
	h.Handle(Channel{Name: "room", History: Last(MaxHistory, time.Millisecond)})
	h.Handle(Channel{Name: "hall"})
	if got := h.All()[0].History.String() + "; " + h.All()[1].History.String(); got != "last 10000 messages, 1ms; none" {
		t.Errorf("the histories are %s", got)
	}
	if got := Last(5, time.Hour); got.Messages() != 5 || got.Age() != time.Hour {
		t.Errorf("%v keeps %d for %v", got, got.Messages(), got.Age())
	}
}
