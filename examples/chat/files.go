package main

import (
	"context"

	"github.com/keryx-go/keryx"
)

func registerFiles(c *chat) {
	keryx.Handle(c.everyone, keryx.Action{
		Name: "fileUpload", Description: "Take a file, and say what it is",
		Web: keryx.POST("/file"),
	}, upload)
}

type uploadInput struct {
	File        keryx.File `json:"file" doc:"The file"`
	StringParam string     `json:"stringParam" doc:"Any text"`
}

type uploadOutput struct {
	Params uploadParams `json:"params"`
}

type uploadParams struct {
	StringParam string     `json:"stringParam"`
	File        keryx.File `json:"file"`
}

// upload keeps nothing: the file is gone when the action ends.
func upload(_ context.Context, in uploadInput) (uploadOutput, error) {
	return uploadOutput{uploadParams{in.StringParam, in.File}}, nil
}
