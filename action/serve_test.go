package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

type loop struct{ Self *loop }

type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }

type exiting struct{}

func (exiting) MarshalJSON() ([]byte, error) { runtime.Goexit(); return nil, nil }

type refusing struct{}

func (refusing) MarshalJSON() ([]byte, error) { return nil, errors.New("refused") }

// TestResultsThatCannotBeEncoded: an error of its own, never half a response.
func TestResultsThatCannotBeEncoded(t *testing.T) {
	cycle := &loop{}
	cycle.Self = cycle
	ring := map[string]any{}
	ring["self"] = ring
	for name, test := range map[string]struct {
		result any
		want   string // in the message and in the log
	}{
		"channel": {make(chan int), "chan int"}, "nested function": {map[string]any{"f": func() {}}, "func()"},
		"cycle": {cycle, "cycle"}, "cycle of maps": {ring, "cycle"}, "NaN": {math.NaN(), "NaN"}, "infinity": {[]float64{math.Inf(1)}, "Inf"},
		"MarshalJSON that panics": {panicking{}, "in MarshalJSON"}, "MarshalJSON that exits": {exiting{}, "Goexit"},
		"MarshalJSON that fails": {refusing{}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, hide := range []bool{false, true} {
				var book logbook
				_, e := register(action.Options{HideInternals: hide, Logger: book.logger(slog.LevelInfo)}, action.Action{}, returns(test.result, nil))
				err := fail(t, e, nil)
				if err.Type != fault.ConnectionServerError || err.HTTPStatus() != 500 {
					t.Errorf("got %+v", err)
				}
				if hide && err.Message != "Internal server error" {
					t.Errorf("in production the message is %q", err.Message)
				}
				if line := book.line(t); !strings.Contains(line["error"].(string), test.want) {
					t.Errorf("logged %v, want %q in the error", line, test.want)
				}
			}
		})
	}
}

func TestResults(t *testing.T) {
	for want, result := range map[string]any{
		"null": nil, `"x"`: "x", "5": 5, "[]": []int{}, `{"a":1}`: map[string]any{"a": 1}, `{}`: none{},
	} {
		_, e := register(action.Options{}, action.Action{}, returns(result, nil))
		if got := serve(t, e, nil); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestResultBesideAnErrorIsDropped(t *testing.T) {
	_, e := register(action.Options{}, action.Action{}, returns("secret", errors.New("no")))
	fail(t, e, nil)
}

// page is a result that writes its own response.
type page struct {
	Title string `json:"title"`
}

func (p page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("<h1>" + p.Title))
}

func TestResultThatIsAnHTTPHandler(t *testing.T) {
	_, e := register(action.Options{}, action.Action{}, returns(page{"hi"}, nil))
	response, err := e.Serve(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	response.HTTP.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Body.String() != "<h1>hi" || string(response.JSON) != `{"title":"hi"}` {
		t.Errorf("got %q and %s", w.Body, response.JSON)
	}

	_, e = register(action.Options{}, action.Action{}, returns(http.RedirectHandler("/", http.StatusFound), nil))
	if response, err = e.Serve(t.Context(), nil); err != nil || response.HTTP == nil || !json.Valid(response.JSON) {
		t.Errorf("redirect: got %+v, %v", response, err)
	}
	function := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) // has no JSON
	_, e = register(action.Options{}, action.Action{}, returns(function, nil))
	if response, err = e.Serve(t.Context(), nil); err != nil || response.HTTP == nil || string(response.JSON) != "null" {
		t.Errorf("function: got %+v, %v", response, err)
	}
	_, e = register(action.Options{}, action.Action{}, returns("plain", nil))
	if response, err = e.Serve(t.Context(), nil); err != nil || response.HTTP != nil {
		t.Errorf("plain: got %+v, %v", response, err)
	}
}

// TestServeToSendsInItsGoroutine: a transport that buffers relies on it.
func TestServeToSendsInItsGoroutine(t *testing.T) {
	for name, run := range map[string]func(context.Context, none) (any, error){
		"result": returns[any](1, nil), "error": returns[any](nil, errors.New("no")), "panic": explode,
	} {
		_, e := register(action.Options{Timeout: time.Hour}, action.Action{}, run)
		sent := 0 // not guarded: the race detector is the judge
		e.ServeTo(t.Context(), nil, func(o action.Outcome) {
			sent++
			if o.Early || (o.Response == nil) == (o.Err == nil) {
				t.Errorf("%s: got %+v", name, o)
			}
		})
		if sent != 1 {
			t.Errorf("%s: sent %d times", name, sent)
		}
	}
}

// TestServeToSendsEarly: the client is answered while the action goes on, and
// ServeTo returns only after both.
func TestServeToSendsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, e := register(action.Options{Timeout: time.Second}, action.Action{},
			func(context.Context, none) (any, error) { time.Sleep(time.Minute); return 1, nil })
		var outcomes []action.Outcome
		var sentAfter time.Duration
		start := time.Now()
		e.ServeTo(t.Context(), nil, func(o action.Outcome) {
			sentAfter = time.Since(start)
			time.Sleep(time.Hour) // a slow client
			outcomes = append(outcomes, o)
		})
		if len(outcomes) != 1 || !outcomes[0].Early || outcomes[0].Err == nil || outcomes[0].Err.Type != fault.ConnectionActionTimeout {
			t.Errorf("got %+v", outcomes)
		}
		if sentAfter != time.Second || time.Since(start) != time.Hour+time.Second {
			t.Errorf("sent after %s, returned after %s", sentAfter, time.Since(start))
		}
	})
}

func TestServeToSendsBeforeAGoexit(t *testing.T) {
	_, e := register(action.Options{Timeout: time.Hour}, action.Action{},
		func(context.Context, none) (any, error) { runtime.Goexit(); return nil, nil })
	outcomes := make(chan action.Outcome, 2)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.ServeTo(t.Context(), nil, func(o action.Outcome) { outcomes <- o })
	}()
	<-ended
	if o := <-outcomes; !o.Early || o.Err == nil || len(outcomes) != 0 {
		t.Errorf("got %+v and %d more", o, len(outcomes))
	}
}
