package channel

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// follower is a subscriber that notes positions, and the payload of other messages.
type follower struct{ got []string }

func (f *follower) ID() string { return "follower" }

func (f *follower) Deliver(m *Message) {
	if m.Position != "" {
		f.got = append(f.got, m.Position)
	} else {
		f.got = append(f.got, string(m.Payload))
	}
}

// rail is a track in a test, which counts how often it has its history read.
type rail struct {
	*track
	follower follower
	fills    int
}

func newRail(position string) *rail {
	r := &rail{}
	r.track = &track{room: &room{name: "room"}, sure: time.Now, fill: func(*track) { r.fills++ }}
	r.begin(position)
	r.attach(&r.follower)
	return r
}

// at returns the message at a position after another: "5-1<4-1". Other text is that of a
// message without a position.
func at(text string) *Message {
	position, before, ok := strings.Cut(text, "<")
	if !ok {
		return &Message{Channel: "room", Payload: []byte(text)}
	}
	return &Message{Channel: "room", Position: position, before: before, frame: make([]byte, 100)}
}

func several(texts ...string) (all []*Message) {
	for _, text := range texts {
		all = append(all, at(text))
	}
	return all
}

func (r *rail) wants(t *testing.T, want string, fills int) {
	t.Helper()
	if got := strings.Join(r.follower.got, " "); got != want || r.fills != fills {
		t.Errorf("got %s, read %d times; want %s, %d times", got, r.fills, want, fills)
	}
}

// run returns the number of the reading that is under way.
func (r *rail) number(t *testing.T) int {
	t.Helper()
	run, _, missing := r.missing()
	if !missing {
		t.Error("nothing is missing")
	}
	return run
}

func TestATrackWaitsForWhatIsMissing(t *testing.T) {
	r := newRail("1-1")
	r.take(several("2-1<1-1", "a", "3-1<2-1")...)
	r.take(at("5-1<4-1"))
	r.take(several("b", "6-1<5-1")...)
	r.wants(t, "2-1 a 3-1", 1)
	r.resume(r.number(t), past{position: "5-1", messages: several("4-1<3-1", "5-1<4-1"), complete: true})
	r.wants(t, "2-1 a 3-1 4-1 5-1 b 6-1", 1)
}

// TestATrackKnowsWhatItHasRead: it comes in once more when the feed is behind the
// history.
func TestATrackKnowsWhatItHasRead(t *testing.T) {
	r := newRail("3-1") // read, when the feed has not come so far
	r.take(several("2-1<1-1", "3-1<2-1", "4-1<3-1")...)
	r.wants(t, "4-1", 0)
	r.check(time.Now())
	r.resume(r.number(t), past{position: "6-1", messages: several("5-1<4-1", "6-1<5-1"), complete: true})
	r.take(several("5-1<4-1", "a", "6-1<5-1", "7-1<6-1")...)
	r.wants(t, "4-1 5-1 6-1 a 7-1", 1)
	// From then on, an earlier position is another history.
	r.take(at("5-2<1-1"))
	r.wants(t, "4-1 5-1 6-1 a 7-1", 2)
}

func TestATrackGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		queue string
		rest  past
		want  string
		next  string // a message that follows
	}{
		"the rest":        {"9-1<8-1 10-1<9-1", past{position: "9-1", messages: several("8-1<7-1", "9-1<8-1")}, "8-1 9-1 10-1", "11-1<10-1"},
		"another history": {"2-1<1-1 3-1<2-1", past{position: "3-1"}, "2-1 3-1", "4-1<3-1"},
		"nothing waits":   {"", past{position: "3-1"}, "", "4-1<3-1"},
		"unread":          {"9-1<8-1 a 10-1<9-1", past{}, "9-1 a 10-1", "11-1<10-1"},
		"unread, empty":   {"a", past{}, "a", "6-1<5-1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRail("5-1")
			r.check(time.Now())
			r.take(several(strings.Fields(test.queue)...)...)
			r.wants(t, "", 1)
			r.giveUp(r.number(t), test.rest)
			r.wants(t, test.want, 1)
			r.take(at(test.next))
			position, _, _ := strings.Cut(test.next, "<")
			r.wants(t, strings.TrimSpace(test.want+" "+position), 1)
		})
	}
}

// TestATrackIsStuck when the history does not have what has come in.
func TestATrackIsStuck(t *testing.T) {
	r := newRail("5-1")
	r.take(at("9-1<8-1"))
	if !r.resume(r.number(t), past{position: "5-1", complete: true}) {
		t.Error("it is not stuck")
	}
	if r.expired(time.Hour) || !r.expired(0) {
		t.Error("the time of the reading is wrong")
	}
	r.giveUp(r.number(t), past{position: "5-1", complete: true})
	r.take(at("10-1<9-1"))
	r.wants(t, "9-1 10-1", 1)
}

// TestResultsThatComeTooLate are not delivered a second time.
func TestResultsThatComeTooLate(t *testing.T) {
	r := newRail("5-1")
	r.take(at("7-1<6-1"))
	run := r.number(t)
	p := past{position: "7-1", messages: several("6-1<5-1", "7-1<6-1"), complete: true}
	r.resume(run, p)
	r.resume(run, p)
	r.giveUp(run, p)
	r.wants(t, "6-1 7-1", 1)
	r.check(time.Now())
	run = r.number(t)
	r.reset()
	r.resume(run, past{position: "9-1", messages: several("8-1<7-1"), complete: true})
	r.wants(t, "6-1 7-1", 2)
	if r.known() {
		t.Error("the position is known after a reset")
	}
}

// TestATrackBeginsWhileTheNodeIsCutOff: the position may be from before that.
func TestATrackBeginsWhileTheNodeIsCutOff(t *testing.T) {
	r := newRail("")
	r.check(time.Now())
	r.wants(t, "", 0)
	r.begin("5-1")
	r.resume(r.number(t), past{position: "6-1", messages: several("6-1<5-1"), complete: true})
	r.wants(t, "6-1", 1)
}

// TestTooMuchWaits: messages that the history has are read from it instead.
func TestTooMuchWaits(t *testing.T) {
	r := newRail("1-0")
	r.check(time.Now())
	r.take(at("a"))
	const many = maxWaiting/100 + 1 // the last one is too much
	for i := range many {
		r.take(at(fmt.Sprintf("1-%d<1-%d", i+1, i)))
	}
	if len(r.queue) != 1 {
		t.Errorf("%d messages wait", len(r.queue))
	}
	r.resume(r.number(t), past{position: "1-2", messages: several("1-1<1-0", "1-2<1-1"), complete: true})
	r.wants(t, "1-1 1-2 a", 2)
	r.resume(r.number(t), past{position: "1-3", messages: several("1-3<1-2"), complete: true})
	r.wants(t, "1-1 1-2 a 1-3", 2)
	r.take(at("1-4<1-3"))
	r.wants(t, "1-1 1-2 a 1-3 1-4", 2)
}

// TestASubscriberAheadOfItsNode gets no message twice that it got from the history.
func TestASubscriberAheadOfItsNode(t *testing.T) {
	r := newRail("5-1")
	late := &follower{}
	slow := false
	h := newHeld(late, &Rejoin{MaxHeld: 450, TooSlow: func() { slow = true }})
	r.attach(h)
	r.take(at("6-1<5-1"))
	r.skip(h, "7-1")
	r.take(several("a", "7-1<6-1", "8-1<7-1")...)
	h.release()
	r.take(at("9-1<8-1"))
	if got := strings.Join(late.got, " "); got != "a 8-1 9-1" || len(r.ahead) > 0 {
		t.Errorf("got %s, %d are ahead", got, len(r.ahead))
	}
	// When the history turns out to be another one, its positions say nothing.
	r.skip(h, "99-1")
	r.take(at("3-1<1-1"))
	r.giveUp(r.number(t), past{position: "3-1"})
	r.take(at("4-1<3-1"))
	if got := strings.Join(late.got, " "); got != "a 8-1 9-1 3-1 4-1" {
		t.Errorf("got %s", got)
	}
	// Too much waits.
	h = newHeld(late, &Rejoin{MaxHeld: 450, TooSlow: func() { slow = true }})
	for range 5 {
		if slow {
			t.Error("it is too slow already")
		}
		h.Deliver(at("5-1<4-1"))
	}
	h.release()
	if got := strings.Join(late.got, " "); !slow || got != "a 8-1 9-1 3-1 4-1" {
		t.Errorf("too slow: %v, got %s", slow, got)
	}
}

func TestPositions(t *testing.T) {
	for _, text := range []string{"", "-", "5", "5-", "-5", "05-1", "5-01", "+5-1", "5--1", "5-1 ", "5-1-1", "9007199254740993-0", "0-99999999999999999999", "a-b"} {
		if p, err := parsePlace(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
	ordered := []string{"", "0-0", "0-5", "5-0", "5-4", "5-10", "10-0", "1700000000000-9007199254740992"}
	for i, a := range ordered {
		for k, b := range ordered {
			if isAfter(a, b) != (i > k) {
				t.Errorf("%q after %q: %v", a, b, isAfter(a, b))
			}
		}
	}
	p, err := parsePlace("5-10")
	if err != nil || p.next().String() != "5-11" {
		t.Errorf("after 5-10 comes %v (%v)", p.next(), err)
	}
}
