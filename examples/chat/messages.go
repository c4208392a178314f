package main

import (
	"context"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/db"
)

// messageActions are the actions on messages.
type messageActions struct{ *chat }

func registerMessages(c *chat) {
	m := &messageActions{c}
	keryx.Handle(c.members.Group(c.api.CSRF.Require), keryx.Action{
		Name: "message:create", Description: "Write a message: it is stored, and shown to everybody who is there",
		Web: keryx.PUT("/message"),
	}, m.create)
	keryx.Handle(c.members, keryx.Action{
		Name: "messages:list", Description: "List the messages, the newest first",
		Web: keryx.GET("/messages/list"),
	}, m.list)
	keryx.Handle(c.members, keryx.Action{
		Name: "message:view", Description: "Show one message",
		Web: keryx.GET("/message/{message}"),
	}, m.view)
}

type messageCreateInput struct {
	Body string `json:"body" doc:"What to say" minLength:"1" message:"Message body is required"`
	csrf.Input
}

// Check has the rule that has words of its own.
func (in *messageCreateInput) Check(context.Context) error { return checkBody(in.Body) }

type messageOutput struct {
	Message messageView `json:"message"`
}

func (m *messageActions) create(ctx context.Context, in messageCreateInput) (messageOutput, error) {
	author, err := m.accounts.current(ctx)
	if err != nil {
		return messageOutput{}, err
	}
	message, err := m.archive.add(ctx, author, in.Body)
	if err != nil {
		return messageOutput{}, err
	}
	m.room.show(ctx, message)
	message.UserName = "" // the author knows
	return messageOutput{message.view()}, nil
}

type messagesListInput struct {
	Page  int `json:"page" doc:"Which page, from 1" default:"1" minimum:"1"`
	Limit int `json:"limit" doc:"How many on a page" default:"10" minimum:"1" maximum:"100"`
}

type messagesListOutput struct {
	Messages   []messageView `json:"messages"`
	Pagination db.Pagination `json:"pagination"`
}

func (m *messageActions) list(ctx context.Context, in messagesListInput) (messagesListOutput, error) {
	found, pagination, err := m.archive.page(ctx, in.Page, in.Limit)
	out := messagesListOutput{Messages: make([]messageView, len(found)), Pagination: pagination}
	for i := range found {
		out.Messages[i] = found[i].view()
	}
	return out, err
}

type messageViewInput struct {
	Message int64 `json:"message" doc:"The message's id" minimum:"1"`
}

func (m *messageActions) view(ctx context.Context, in messageViewInput) (messageOutput, error) {
	message, err := m.archive.byID(ctx, in.Message)
	if err != nil {
		return messageOutput{}, err
	}
	if message == nil {
		return messageOutput{}, keryx.NotFound("Message with id %d not found", in.Message)
	}
	return messageOutput{message.view()}, nil
}
