package main

import (
	"context"
	"strconv"

	"github.com/keryx-go/keryx"
)

// peopleActions are the actions on the people in the room.
type peopleActions struct{ *chat }

func registerPeople(c *chat) {
	p := &peopleActions{c}
	keryx.Handle(c.members, keryx.Action{
		Name: "room:people", Description: "List who is in the room, with their names",
		Web: keryx.GET("/room/people"),
	}, p.list)
}

type peopleOutput struct {
	People []person `json:"people"`
}

type person struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// list returns the members of the room with their names, so that a page needs one
// request for any number of people. A member whose account was deleted is left out.
func (p *peopleActions) list(ctx context.Context, _ struct{}) (peopleOutput, error) {
	members, err := p.api.Channels.Members(ctx, roomName)
	if err != nil {
		return peopleOutput{}, err
	}
	ids := make([]int64, 0, len(members))
	for _, member := range members {
		if id, err := strconv.ParseInt(member, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	people, err := p.accounts.people(ctx, ids)
	return peopleOutput{people}, err
}
