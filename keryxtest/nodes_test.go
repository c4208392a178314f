package keryxtest_test

import (
	"context"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

func createBoard(o keryx.Options) *keryx.API { return newBoard(o).API }

// TestNodes share everything, also when one comes later or in another's place.
func TestNodes(t *testing.T) {
	for name, o := range map[string]keryxtest.Options{"real": {}, "embedded": {Embedded: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !o.Embedded {
				slow.Skip(t, "it starts Postgres")
			}
			o.Env = map[string]string{"SESSION_COOKIE_NAME": "board"}
			nodes := keryxtest.StartN(t, 2, createBoard, o)
			nodes = append(nodes, keryxtest.Start(t, createBoard, keryxtest.Options{With: nodes[0], Env: map[string]string{"PROCESS_NAME": "third"}}))
			if _, err := nodes[0].DB.ExecContext(t.Context(), "CREATE TABLE notes (n INT)"); err != nil {
				t.Fatal(err)
			}
			ada := nodes[0].Client()
			ada.SignIn(account{7})
			var sockets []*keryxtest.Socket
			for i, node := range nodes {
				if got := keryxtest.Decode[string](ada.At(node).Get("/api/who")); got != "7" || ada.Cookie("board") == "" {
					t.Errorf("on node %d it is %s", i, got)
				}
				if _, err := node.DB.ExecContext(t.Context(), "SELECT n FROM notes"); err != nil {
					t.Errorf("node %d: %v", i, err)
				}
				s := ada.At(node).Dial()
				s.Subscribe("room:1")
				sockets = append(sockets, s)
			}
			if got := ada.At(nodes[2]).Get("/api/who").Header.Get("X-SERVER-NAME"); got != "third" {
				t.Errorf("the third node is %q", got)
			}
			ada.Put("/api/post", postInput{"room:1", "to all"}).Expect(200)
			for _, s := range sockets {
				s.Broadcast("room:1")
			}
			for _, node := range nodes {
				if err := node.Stop(context.WithoutCancel(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			again := keryxtest.Start(t, createBoard, keryxtest.Options{With: nodes[1]})
			if got := keryxtest.Decode[string](ada.At(again).Get("/api/who")); got != "7" {
				t.Errorf("after all have stopped it is %s", got)
			}
		})
	}
}

// TestRedisMayDie and come back, empty and at the same place.
func TestRedisMayDie(t *testing.T) {
	for name, o := range map[string]keryxtest.Options{"real": {NoDatabase: true}, "embedded": {NoDatabase: true, Embedded: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := keryxtest.Start(t, createBoard, o)
			ada := app.Client()
			ada.SignIn(account{7})
			app.KillRedis()
			ada.Get("/api/who").Error(keryx.ConnectionServerError)
			app.RestartRedis()
			keryxtest.Eventually(t, "Redis is back", func() bool { return ada.Get("/api/who").Body == `"nobody"` })
		})
	}
	wantFailure(t, func(tb testing.TB) {
		keryxtest.Start(t, create, keryxtest.Options{NoDatabase: true, Env: map[string]string{"REDIS_URL": "embedded://"}}).In(tb).KillRedis()
	}, "embedded://, was not started by the test")
}

func TestEventually(t *testing.T) {
	n := 0
	keryxtest.Eventually(t, "it is three", func() bool { n++; return n == 3 })
	keryxtest.Eventually(t, "the context has ended", func() error { n++; return map[bool]error{false: context.Canceled}[n == 6] })
	if n != 6 {
		t.Errorf("%d looks", n)
	}
}
