package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/stream"
)

// export writes bookings as CSV.
type export struct{ *backend }

func registerExport(b *backend) {
	keryx.Handle(b.readers, keryx.Action{Name: "booking:export", Description: "Download all bookings as CSV", Web: keryx.GET("/orgs/{org}/bookings.csv")}, (&export{b}).csv)
}

func (e *export) csv(_ context.Context, in inOrg) (keryx.Reply[*stream.ChunkStream], error) {
	file := stream.Chunks("text/csv; charset=utf-8", func(ctx context.Context, w io.Writer) error { return e.write(ctx, w, in.Org) })
	return keryx.Reply[*stream.ChunkStream]{Value: file, Header: http.Header{"Content-Disposition": {`attachment; filename="bookings.csv"`}}}, nil
}

// write reads a thousand bookings at a time, so that a client that reads slowly holds
// up no connection to the database.
func (e *export) write(ctx context.Context, w io.Writer, org int64) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "room", "user", "title", "from", "to"}) // its error is that of Flush
	for last := int64(0); ; {
		found, err := all[Booking](ctx, e.api.Tx(ctx), "id LIMIT 1000", "id > ? AND room_id IN (SELECT id FROM rooms WHERE org_id = ?)", last, org)
		if out.Flush(); err != nil || out.Error() != nil || len(found) == 0 {
			return errors.Join(err, out.Error())
		}
		for _, b := range found {
			last = b.ID
			_ = out.Write([]string{text(b.ID), text(b.RoomID), text(b.UserID), cell(b.Title), b.From.Format(time.RFC3339), b.To.Format(time.RFC3339)})
		}
	}
}

// cell keeps spreadsheets from taking a text for a formula.
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r") == 0 {
		return "'" + s
	}
	return s
}
