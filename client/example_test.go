package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/client"
	"github.com/keryx-go/keryx/client/testdata/shopclient"
)

func ExampleNew() {
	api := keryx.New(keryx.Options{Name: "shop"})
	api.Use(client.New(client.Options{
		Actions: api.Actions, Channels: api.Channels, APIRoute: api.Config.Server.Web.APIRoute,
	}))
	keryx.Main(api)
}

func Example_goClient() {
	ctx := context.Background()
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err)
	}
	shop := &shopclient.Client{URL: "https://shop.example", HTTP: &http.Client{Jar: jar}} // the jar keeps the session

	list, err := shop.ItemList(ctx, shopclient.ItemListInput{Page: new(int64(2)), Tags: []string{"new"}})
	var failed *shopclient.Error
	switch {
	case errors.As(err, &failed) && failed.Type == "CONNECTION_RATE_LIMITED":
		fmt.Println("try again in", failed.RetryAfter)
	case err != nil:
		panic(err)
	}
	fmt.Println(len(list.Items))
}

func Example_goStreams() {
	ctx := context.Background()
	shop := &shopclient.Client{URL: "https://shop.example"}

	for event, err := range shop.Events(ctx, shopclient.EventsInput{Count: new(int64(3))}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(event.Name, string(event.Data))
	}

	body, err := shop.Lines(ctx, shopclient.LinesInput{})
	if err != nil {
		panic(err)
	}
	for line, err := range shopclient.Lines[struct{ Index int }](body) {
		if err != nil {
			panic(err)
		}
		fmt.Println(line.Index)
	}
}

func Example_goFiles() {
	ctx := context.Background()
	shop := &shopclient.Client{URL: "https://shop.example"}

	cover, err := os.Open("cover.png")
	if err != nil {
		panic(err)
	}
	_, err = shop.ItemUpload(ctx, shopclient.ItemUploadInput{
		Title: "A book", Cover: shopclient.File{Name: "cover.png", Type: "image/png", Content: cover},
	})
	if err != nil {
		panic(err)
	}
}
