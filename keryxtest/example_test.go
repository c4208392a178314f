package keryxtest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// test keeps the test of an example for [TestExamples].
func test(f func(*testing.T)) { tests = append(tests, f) }

var tests []func(*testing.T)

func TestExamples(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	tests = nil
	for _, example := range []func(){
		ExampleClient, ExampleClient_Post, ExampleCall, ExampleApp_As, ExampleSocket, ExampleStartN, ExampleEventually,
	} {
		example()
	}
	for _, f := range tests {
		t.Run("", f)
	}
}

// create is the function of an app that makes it: func(keryx.Options) *keryx.API.
func ExampleStart() {
	_ = func(t *testing.T) {
		app := keryxtest.Start(t, create, keryxtest.Options{})
		if r := app.Get("/api/hello"); r.Status != 200 {
			t.Errorf("got %s", r)
		}
	}
	fmt.Println("the app runs as long as the test")
	// Output: the app runs as long as the test
}

func ExampleClient() {
	test(func(t *testing.T) {
		app := keryxtest.Start(t, createBoard, keryxtest.Options{})
		ada := app.Client()
		ada.Get("/api/quota").Error("QUOTA")
		ada.Put("/api/session", map[string]any{"userId": 7}).Expect(http.StatusOK)
		if name := keryxtest.Decode[string](ada.Get("/api/who")); name != "7" {
			t.Errorf("it is %s", name)
		}
		if name := keryxtest.Decode[string](ada.Bearer("key").Get("/api/who")); name != "7" {
			t.Errorf("with a token it is %s", name)
		}
	})
}

func ExampleClient_Post() {
	test(func(t *testing.T) {
		c := keryxtest.Start(t, createBoard, keryxtest.Options{}).Client()
		c.Post("/api/upload", keryxtest.Multipart{
			"name": "Ada", "sizes": []string{"1", "2"}, "file": keryxtest.File("a.txt", "text/plain", "hello"),
		}).Expect(http.StatusOK)
		c.Post("/api/upload", keryxtest.Raw{ContentType: "application/json", Body: "{"}).Expect(http.StatusBadRequest)
	})
}

func ExampleCall() {
	test(func(t *testing.T) {
		var b *board
		create := func(o keryx.Options) *keryx.API { b = newBoard(o); return b.API }
		app := keryxtest.Start(t, create, keryxtest.Options{})
		ada := app.Client()
		got := keryxtest.Call(ada, b.post, postInput{Room: "room:1", Text: "hello"})
		e := keryxtest.CallError(ada.Dial(), b.secret, struct{}{}, keryx.ConnectionSessionNotFound)
		t.Log(got, e.Message)
	})
}

func ExampleApp_As() {
	test(func(t *testing.T) {
		app := keryxtest.Start(t, createBoard, keryxtest.Options{})
		ada := app.As(&auth.Identity{Subject: "7", Roles: []string{"admin"}})
		result, err := app.Act(ada, "secret", nil)
		t.Log(result, err)
	})
}

func ExampleSocket() {
	test(func(t *testing.T) {
		app := keryxtest.Start(t, createBoard, keryxtest.Options{})
		ada, grace := app.Client(), app.Client()
		ada.SignIn(map[string]int{"userId": 7})
		s := ada.Dial()
		s.Subscribe("room:1")
		s.Presence("room:1", "join", "7")
		grace.Put("/api/post", map[string]string{"room": "room:1", "text": "hello"}).Expect(http.StatusOK)
		if text := keryxtest.Decode[string](s.Broadcast("room:1")); text != "hello" {
			t.Errorf("it heard %q", text)
		}
	})
}

func ExampleStartN() {
	test(func(t *testing.T) {
		nodes := keryxtest.StartN(t, 2, createBoard, keryxtest.Options{})
		ada := nodes[0].Client()
		ada.SignIn(map[string]int{"userId": 7})
		ada.At(nodes[1]).Delete("/api/secret").Expect(http.StatusOK)

		third := keryxtest.Start(t, createBoard, keryxtest.Options{With: nodes[0]})
		ada.At(third).Delete("/api/secret").Expect(http.StatusOK)
	})
}

func ExampleEventually() {
	test(func(t *testing.T) {
		app := keryxtest.Start(t, createBoard, keryxtest.Options{})
		ada := app.Client()
		app.KillRedis()
		ada.Put("/api/session", map[string]any{"userId": 7}).Error(keryx.ConnectionServerError)
		app.RestartRedis()
		keryxtest.Eventually(t, "Redis is back", func() bool { return ada.Put("/api/session", map[string]any{"userId": 7}).Status == http.StatusOK })
	})
}
