package main

import (
	"context"

	"github.com/keryx-go/keryx"
)

// Room is a row of the table rooms.
type Room struct {
	ID       int64  `bun:",pk,autoincrement" json:"id"`
	OrgID    int64  `json:"org"`
	Name     string `json:"name"`
	Capacity int    `json:"capacity"`
}

// inRoom is the part of an input that says which room it is about.
type inRoom struct {
	inOrg
	Room int64 `json:"room" doc:"The room's id"`
}

// rooms keeps the rooms of organisations.
type rooms struct{ *backend }

func registerRooms(b *backend) {
	keryx.Handle(b.owners, keryx.Action{Name: "room:create", Description: "Add a room", Web: keryx.POST("/orgs/{org}/rooms"), Status: 201}, b.rooms.create)
	keryx.Handle(b.readers, keryx.Action{Name: "room:list", Description: "List the rooms of an organisation", Web: keryx.GET("/orgs/{org}/rooms")}, b.rooms.list)
	keryx.Handle(b.readers, keryx.Action{Name: "room:show", Description: "Show one room", Web: keryx.GET("/orgs/{org}/rooms/{room}")}, b.rooms.find)
	keryx.Handle(b.owners, keryx.Action{Name: "room:change", Description: "Change a room", Web: keryx.PUT("/orgs/{org}/rooms/{room}")}, b.rooms.change)
	keryx.Handle(b.owners, keryx.Action{Name: "room:delete", Description: "Delete a room and its bookings", Web: keryx.DELETE("/orgs/{org}/rooms/{room}")}, b.rooms.remove)
}

type newRoom struct {
	inOrg
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Capacity int    `json:"capacity" minimum:"1" maximum:"100000"`
}

// create answers with a Location that is relative to the path of the request.
func (r *rooms) create(ctx context.Context, in newRoom) (keryx.Reply[*Room], error) {
	room := &Room{OrgID: in.Org, Name: in.Name, Capacity: in.Capacity}
	err := insert(ctx, r.api.Tx(ctx), room)
	return keryx.Created(room, "rooms/"+text(room.ID)), err
}

func (r *rooms) list(ctx context.Context, in inOrg) ([]Room, error) {
	return all[Room](ctx, r.api.Tx(ctx), "id", "org_id = ?", in.Org)
}

// find returns a room of the organisation.
func (r *rooms) find(ctx context.Context, in inRoom) (*Room, error) {
	return one[Room](ctx, r.api.Tx(ctx), "room", "id = ? AND org_id = ?", in.Room, in.Org)
}

type roomChange struct {
	newRoom
	Room int64 `json:"room"`
}

func (r *rooms) change(ctx context.Context, in roomChange) (*Room, error) {
	room, err := r.find(ctx, inRoom{in.inOrg, in.Room})
	if err != nil {
		return nil, err
	}
	room.Name, room.Capacity = in.Name, in.Capacity
	_, err = r.api.Tx(ctx).NewUpdate().Model(room).WherePK().Exec(ctx)
	return room, err
}

func (r *rooms) remove(ctx context.Context, in inRoom) (out keryx.NoContent, err error) {
	return out, remove[Room](ctx, r.api.Tx(ctx), "room", "id = ? AND org_id = ?", in.Room, in.Org)
}
