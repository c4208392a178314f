package main

import (
	"context"
	"time"

	"github.com/keryx-go/keryx"
)

// maintenance is what the app does by itself or an operator at its command line.
// No client reaches these actions.
type maintenance struct{ *chat }

func registerMaintenance(c *chat) {
	m := &maintenance{c}
	keryx.Handle(c.api, keryx.Action{
		Name: "messages:cleanup", Description: "Delete the messages that are older than some age", Internal: true,
	}, m.cleanup)
	keryx.Handle(c.api, keryx.Action{
		Name: "messages:hello", Description: "Let the default user say hello, and what time it is", Internal: true,
	}, m.hello)
}

type cleanupInput struct {
	Age int64 `json:"age" doc:"How old messages may become, in milliseconds" default:"86400000" minimum:"1000" maximum:"3155760000000"`
}

type cleanupOutput struct {
	MessagesDeleted int64 `json:"messagesDeleted"`
}

func (m *maintenance) cleanup(ctx context.Context, in cleanupInput) (cleanupOutput, error) {
	n, err := m.archive.forget(ctx, time.UnixMilli(time.Now().UnixMilli()-in.Age))
	return cleanupOutput{n}, err
}

type helloOutput struct {
	Message string `json:"message"`
}

func (m *maintenance) hello(ctx context.Context, _ struct{}) (helloOutput, error) {
	author, err := m.accounts.defaultUser(ctx)
	if err != nil {
		return helloOutput{}, err
	}
	const iso = "2006-01-02T15:04:05.000Z"
	message, err := m.archive.add(ctx, author, "Hello! The current time is "+time.Now().UTC().Format(iso))
	if err != nil {
		return helloOutput{}, err
	}
	m.room.show(ctx, message)
	return helloOutput{message.Body}, nil
}
