// Serve runs the shop.
package main

import (
	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/db/sqlite" // sqlite://
	"github.com/keryx-go/keryx/internal/shop"
)

func main() { keryx.Main(shop.New(keryx.Options{})) }
