// Serve runs the shop.
package main

import (
	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/shop"
)

func main() { keryx.Main(shop.New(keryx.Options{})) }
