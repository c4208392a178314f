package main

import (
	"bytes"
	"context"
	"net/http"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/stream"
)

// Photo is a row of the table photos.
type Photo struct {
	RoomID int64 `bun:"room_id,pk"`
	Type   string
	Data   []byte
}

// photos keeps a picture of each room.
type photos struct{ *backend }

func registerPhotos(b *backend) {
	p := &photos{b}
	keryx.Handle(b.owners, keryx.Action{Name: "photo:upload", Description: "Show a room in a picture", Web: keryx.PUT("/orgs/{org}/rooms/{room}/photo")}, p.upload)
	keryx.Handle(b.readers, keryx.Action{Name: "photo:show", Description: "Show the picture of a room", Web: keryx.GET("/orgs/{org}/rooms/{room}/photo")}, p.show)
}

// newPhoto is uploaded as the body of a request: curl -T room.png -H 'Content-Type: image/png' …
type newPhoto struct {
	inRoom
	Photo keryx.File `json:"photo" body:"true" contentType:"image/png,image/jpeg" maxSize:"2MB"`
}

// upload does not believe the type that the client has sent.
func (p *photos) upload(ctx context.Context, in newPhoto) (out keryx.NoContent, err error) {
	if _, err := p.rooms.find(ctx, in.inRoom); err != nil {
		return out, err
	}
	data, err := in.Photo.Bytes()
	if err != nil {
		return out, err
	}
	photo := &Photo{RoomID: in.Room, Type: http.DetectContentType(data), Data: data}
	if photo.Type != "image/png" && photo.Type != "image/jpeg" {
		return out, keryx.Invalid("photo", "photo must be a PNG or a JPEG")
	}
	_, err = p.api.Tx(ctx).NewInsert().Model(photo).
		On("CONFLICT (room_id) DO UPDATE").Set("type = EXCLUDED.type").Set("data = EXCLUDED.data").Exec(ctx)
	return out, err
}

func (p *photos) show(ctx context.Context, in inRoom) (*stream.ChunkStream, error) {
	photo, err := one[Photo](ctx, p.api.Tx(ctx), "photo", "room_id IN (SELECT id FROM rooms WHERE id = ? AND org_id = ?)", in.Room, in.Org)
	if err != nil {
		return nil, err
	}
	return stream.Reader(photo.Type, bytes.NewReader(photo.Data)), nil
}
