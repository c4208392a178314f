CREATE TABLE messages (
    id         SERIAL PRIMARY KEY,
    body       TEXT NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL DEFAULT now(),
    updated_at TIMESTAMP NOT NULL DEFAULT now()
);
