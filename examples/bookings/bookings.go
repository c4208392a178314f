package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/keryx-go/keryx"
)

// Booking is a row of the table bookings. Its times are in UTC.
type Booking struct {
	ID          int64      `bun:",pk,autoincrement" json:"id"`
	RoomID      int64      `json:"room"`
	UserID      int64      `json:"user"`
	Title       string     `json:"title"`
	From        time.Time  `bun:"starts_at" json:"from"`
	To          time.Time  `bun:"ends_at" json:"to"`
	CheckedInAt *time.Time `json:"checkedInAt"`
}

// bookings books rooms.
type bookings struct{ *backend }

func registerBookings(b *backend) {
	keryx.Handle(b.writers, keryx.Action{Name: "booking:create", Description: "Book a room", Web: keryx.POST("/orgs/{org}/rooms/{room}/bookings"), Status: 201}, b.bookings.create)
	keryx.Handle(b.readers, keryx.Action{Name: "booking:list", Description: "List bookings", Web: keryx.GET("/orgs/{org}/bookings")}, b.bookings.list)
	keryx.Handle(b.writers, keryx.Action{Name: "booking:cancel", Description: "Cancel a booking", Web: keryx.DELETE("/orgs/{org}/bookings/{booking}")}, b.bookings.cancel)
}

// overlapError says that a room is booked already. There are no bookings in it when the
// one in the way was cancelled in the meantime.
type overlapError struct{ bookings []Booking }

var _ keryx.Faulter = (*overlapError)(nil)

func (e *overlapError) Error() string { return "the room is booked at this time" }

// Fault returns the error that clients see.
func (e *overlapError) Fault() *keryx.Error {
	return &keryx.Error{Type: "BOOKING_OVERLAP", Status: 409, Message: e.Error(), Details: e.bookings}
}

type newBooking struct {
	inRoom
	Title string    `json:"title" minLength:"1" maxLength:"200"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// Check rounds the times down to minutes.
func (in *newBooking) Check(context.Context) error {
	in.From, in.To = in.From.UTC().Truncate(time.Minute), in.To.UTC().Truncate(time.Minute)
	if !in.To.After(in.From) {
		return keryx.Invalid("to", "to must be after from")
	}
	return nil
}

func (b *bookings) create(ctx context.Context, in newBooking) (*Booking, error) {
	if in.To.Sub(in.From) > b.settings.MaxLength {
		return nil, keryx.Invalid("to", "A booking is %s long at most", b.settings.MaxLength)
	}
	if _, err := b.rooms.find(ctx, in.inRoom); err != nil {
		return nil, err
	}
	booking := &Booking{RoomID: in.Room, UserID: memberFrom(ctx).UserID, Title: in.Title, From: in.From, To: in.To}
	err := b.api.Tx(ctx).NewInsert().Model(booking).On("CONFLICT DO NOTHING").Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) { // by a constraint of the database, which knows all transactions
		others, err := b.within(ctx, in.Room, in.From, in.To)
		if err != nil {
			return nil, err
		}
		return nil, &overlapError{others}
	}
	b.live.announce(ctx, "booked", booking)
	return booking, err
}

// within returns the bookings of a room that overlap a time.
func (b *bookings) within(ctx context.Context, room int64, from, to time.Time) ([]Booking, error) {
	return all[Booking](ctx, b.api.Tx(ctx), "starts_at", "room_id = ? AND starts_at < ? AND ends_at > ?", room, to, from)
}

type bookingFilter struct {
	inOrg
	pageInput
	Room int64     `json:"room,omitempty" doc:"Only those of a room"`
	Mine bool      `json:"mine,omitempty" doc:"Only your own"`
	From time.Time `json:"from" default:"2000-01-01T00:00:00Z" doc:"Only those that end after"`
	To   time.Time `json:"to" default:"9999-01-01T00:00:00Z" doc:"Only those that begin before"`
}

func (b *bookings) list(ctx context.Context, in bookingFilter) (page[Booking], error) {
	q := b.api.Tx(ctx).NewSelect().Model((*Booking)(nil)).Order("starts_at", "id").
		Where("room_id IN (SELECT id FROM rooms WHERE org_id = ?)", in.Org).
		Where("ends_at > ? AND starts_at < ?", in.From.UTC(), in.To.UTC()).
		Where("? IN (0, room_id)", in.Room)
	if in.Mine {
		q.Where("user_id = ?", memberFrom(ctx).UserID)
	}
	return pageOf[Booking](ctx, q, in.pageInput)
}

type oneBooking struct {
	inOrg
	Booking int64 `json:"booking"`
}

// cancel is for the user who has booked, and for owners.
func (b *bookings) cancel(ctx context.Context, in oneBooking) (out keryx.NoContent, err error) {
	booking, err := one[Booking](ctx, b.api.Tx(ctx), "booking", "id = ? AND room_id IN (SELECT id FROM rooms WHERE org_id = ?)", in.Booking, in.Org)
	if err != nil {
		return out, err
	}
	if m := memberFrom(ctx); m.UserID != booking.UserID && !m.may("owner") {
		return out, keryx.Forbidden("This is the booking of another user")
	}
	b.live.announce(ctx, "cancelled", booking)
	return out, remove[Booking](ctx, b.api.Tx(ctx), "booking", "id = ?", booking.ID)
}
