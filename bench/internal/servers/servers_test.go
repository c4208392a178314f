package servers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short returns the options of a short run without the framework.
func short(t *testing.T, args ...string) *options {
	t.Helper()
	benchtest.NeedRedis(t)
	t.Chdir("../..") // where the programs are found
	o := parse(t, append([]string{
		"--only", "raw-redis,constant", "--connections", "4", "--duration", "100ms", "--warmup", "20ms", "--rounds", "2", "--boots", "2",
	}, args...)...)
	o.settle = 0
	return o
}

func TestRun(t *testing.T) {
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("anything"))
	}))
	defer peer.Close()

	var log strings.Builder
	r, err := short(t, "--peer", "other="+peer.URL).Run(t.Context(), benchtest.Session(t, &log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	benchtest.NoChildren(t)
	if !strings.Contains(r.Text(), "raw-redis") || !strings.Contains(log.String(), "round 2 of 2: other") {
		t.Errorf("table:\n%s\nprogress:\n%s", r.Text(), log.String())
	}
	run := r.Data.(*Run)
	if len(run.Servers) != 3 || run.Machine.Redis == "" || run.Settings.Connections != 4 {
		t.Fatalf("the run is:\n%+v", run)
	}
	for _, s := range run.Servers {
		if len(s.Rounds) != 2 || s.Rounds[0].Requests == 0 || s.Rounds[0].PerSecond == 0 || s.Rounds[0].P99 < s.Rounds[0].P50 {
			t.Errorf("the rounds of %s are %+v", s.Name, s.Rounds)
		}
		started := s.Name != "other"
		if measured := len(s.Boots) == 2 && s.Binary > 0; measured != started {
			t.Errorf("%s: %d boots, %d bytes", s.Name, len(s.Boots), s.Binary)
		}
	}
}

func TestWrongAnswersFailTheRun(t *testing.T) {
	var probed atomic.Bool
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if probed.CompareAndSwap(false, true) {
			_, _ = w.Write([]byte("right"))
			return
		}
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
	}))
	defer peer.Close()
	o := short(t, "--peer", "other="+peer.URL, "--connections", "1", "--boots", "1")

	r, err := o.Run(t.Context(), benchtest.Session(t, t.Output()))
	if err == nil || !strings.Contains(err.Error(), "other in round 1: 10 wrong answers") || !strings.Contains(err.Error(), "503") {
		t.Errorf("the error is %v", err)
	}
	if r != nil {
		t.Error("a run that failed has a report")
	}
	benchtest.NoChildren(t)
}

func TestInterruptStopsEverything(t *testing.T) {
	for _, line := range []string{
		"building ./servers/constant", "boot 1 of 2: constant", "starting constant", "round 1 of 2: raw-redis",
	} {
		t.Run(line, func(t *testing.T) { benchtest.Interrupted(t, short(t, "--duration", "1h"), line) })
	}
}
