package keryxtest_test

import (
	"fmt"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

// create is the function of an app that makes it: func(keryx.Options) *keryx.API.
func ExampleStart() {
	_ = func(t *testing.T) {
		app := keryxtest.Start(t, create, keryxtest.Options{})
		if r := app.Get("/api/hello"); r.Status != 200 {
			t.Errorf("got %d: %s", r.Status, r.Body)
		}
	}
	fmt.Println("the app runs as long as the test")
	// Output: the app runs as long as the test
}
